package m365_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/m365"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

func blobJSON(id string) string {
	return fmt.Sprintf(`{"contentType":"audit.exchange","contentId":%q,"contentUri":"https://example.com%saudit/%s","contentCreated":"2026-11-20T10:00:00.123Z","contentExpiration":"2026-11-27T10:00:00Z"}`, id, feedPath, id)
}

func TestEveryRequestCarriesThePublisher(t *testing.T) {
	t.Parallel()
	f := newFakeCloud(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "content") && r.URL.Query().Get("nextpage") == "" {
			w.Header()["nextpageuri"] = []string{"https://example.com" + feedPath + "subscriptions/content?contenttype=Audit.Exchange&nextpage=2020$na0022"}
		}
		if strings.Contains(r.URL.Path, "/audit/") || r.Method == http.MethodGet {
			answerJSON(w, 200, `[]`)
			return
		}
		answerJSON(w, 200, `{"contentType":"Audit.Exchange","status":"enabled"}`)
	})
	a := f.activity(t, nil)
	ctx := t.Context()
	if _, err := a.ListSubscriptions(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := a.StartSubscription(ctx, nightjar.FeedExchange, nil); err != nil {
		t.Fatal(err)
	}
	if err := a.StopSubscription(ctx, nightjar.FeedExchange); err != nil {
		t.Fatal(err)
	}
	if _, err := listAll(ctx, a, nightjar.FeedExchange); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Notifications(ctx, nightjar.FeedExchange, day, day.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	stream, err := a.OpenBlob(ctx, nightjar.Blob{ID: "x", URI: "https://example.com" + feedPath + "audit/2026$x$audit_exchange"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(stream); err != nil {
		t.Fatal(err)
	}
	if err := stream.Close(); err != nil {
		t.Fatal(err)
	}
	asked := f.requests()
	if len(asked) != 7 {
		t.Errorf("%d requests, want 7: %q", len(asked), asked)
	}
	for _, line := range asked {
		if !strings.Contains(line, "PublisherIdentifier="+string(tenantID)) {
			t.Errorf("no publisher in %s", line)
		}
	}
}

func TestPagesAreFollowedVerbatimAndKeptApart(t *testing.T) {
	t.Parallel()
	const opaque = "contenttype=Audit.Exchange&endtime=2026-11-21T00:00:00.0000000Z&nextpage=20200220001806300068349$20200219104642000000000$na%20022"
	f := newFakeCloud(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.Contains(r.URL.RawQuery, "startTime="):
			w.Header().Set("NextPageUri", "https://example.com:443"+feedPath+"subscriptions/content?"+opaque)
			answerJSON(w, 200, "["+blobJSON("p1$a")+","+blobJSON("p1$b")+"]")
		case strings.Contains(r.URL.RawQuery, "second"):
			answerJSON(w, 200, `[{"contentId":"p3$a","contentUri":"https://example.com/p3a","contentCreated":"2026-11-20T10:00:00"}]`)
		default:
			w.Header()["nextpageuri"] = []string{" https://example.com" + feedPath + "subscriptions/content?second&PUBLISHERIDENTIFIER=other "}
			answerJSON(w, 200, "[]")
		}
	})
	blobs, err := listAll(t.Context(), f.activity(t, nil), nightjar.FeedExchange)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, b := range blobs {
		ids = append(ids, b.ID)
	}
	if got := strings.Join(ids, " "); got != "p1$a p1$b p3$a" {
		t.Errorf("listed %q", got)
	}
	if b := blobs[0]; b.Feed != nightjar.FeedExchange || !b.Created.Equal(day.Add(10*time.Hour+123*time.Millisecond)) || !b.Expires.Equal(day.Add(7*24*time.Hour+10*time.Hour)) {
		t.Errorf("the first blob reads %+v", b)
	}
	if b := blobs[2]; b.Feed != nightjar.FeedExchange || !b.Expires.Equal(b.Created.Add(nightjar.ContentRetention)) {
		t.Errorf("a blob without type and expiry reads %+v", b)
	}
	asked := f.requests()
	if len(asked) != 3 {
		t.Fatalf("%d requests: %q", len(asked), asked)
	}
	if want := "GET " + feedPath + "subscriptions/content?contentType=Audit.Exchange&startTime=2026-11-20T00%3A00%3A00&endTime=2026-11-21T00%3A00%3A00&PublisherIdentifier=" + string(tenantID); asked[0] != want {
		t.Errorf("the first page was asked as\n%s, want\n%s", asked[0], want)
	}
	if want := "GET " + feedPath + "subscriptions/content?" + opaque + "&PublisherIdentifier=" + string(tenantID); asked[1] != want {
		t.Errorf("the second page was asked as\n%s, want\n%s", asked[1], want)
	}
	if want := "GET " + feedPath + "subscriptions/content?second&PUBLISHERIDENTIFIER=other"; asked[2] != want {
		t.Errorf("the third page was asked as\n%s, want\n%s", asked[2], want)
	}
}

func TestAListingThatRunsInACircleEnds(t *testing.T) {
	t.Parallel()
	f := newFakeCloud(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("NextPageUri", "https://example.com"+feedPath+"subscriptions/content?nextpage=same")
		answerJSON(w, 200, "[]")
	})
	if _, err := listAll(t.Context(), f.activity(t, nil), nightjar.FeedExchange); m365.KindOf(err) != m365.KindBadPage {
		t.Errorf("the listing ended with %v", err)
	}
}

func TestAnErrorOfThePageStopsTheListing(t *testing.T) {
	t.Parallel()
	f := newFakeCloud(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("NextPageUri", "https://example.com"+feedPath+"subscriptions/content?nextpage=2")
		answerJSON(w, 200, "[]")
	})
	full := errors.New("disk full")
	err := f.activity(t, nil).ListContent(t.Context(), nightjar.FeedExchange, day, day.Add(time.Hour), func([]nightjar.Blob) error { return full })
	if !errors.Is(err, full) || len(f.requests()) != 1 {
		t.Errorf("ended with %v after %d requests", err, len(f.requests()))
	}
}

func TestTheTokenNeverLeavesTheTenantsRoots(t *testing.T) {
	t.Parallel()
	f := newFakeCloud(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.Contains(r.URL.Path, "redirect"):
			w.Header().Set("Location", "https://evil.example/steal")
			w.WriteHeader(http.StatusTemporaryRedirect)
		case r.Host != "example.com":
			t.Errorf("a request reached %s with %q", r.Host, r.Header.Get("Authorization"))
		default:
			w.Header().Set("NextPageUri", "https://evil.example"+feedPath+"subscriptions/content?nextpage=2")
			answerJSON(w, 200, "[]")
		}
	})
	a := f.activity(t, nil)
	if _, err := listAll(t.Context(), a, nightjar.FeedExchange); m365.KindOf(err) != m365.KindForeignHost {
		t.Errorf("a foreign NextPageUri gave %v", err)
	}
	sent := len(f.requests())
	for _, uri := range []string{
		"https://evil.example/a", "http://example.com/a", "https://example.com:8443/a", "https://example.com@evil.example/a",
		"https://user:pw@example.com/a", "https://example.com.evil.example/a", "//example.com/a", "/a", "", "https:example.com/a",
		"https://example.com\\@evil.example/a", "https://EXAMPLE.com.:443/a", "ftp://example.com/a", "https://[::1]/a", "\x00",
	} {
		if _, err := a.OpenBlob(t.Context(), nightjar.Blob{ID: "x", URI: uri}); m365.KindOf(err) != m365.KindForeignHost {
			t.Errorf("%q gave %v", uri, err)
		}
	}
	if got := len(f.requests()); got != sent {
		t.Errorf("%d requests were sent for foreign addresses", got-sent)
	}
	if _, err := a.OpenBlob(t.Context(), nightjar.Blob{ID: "x", URI: "https://example.com/redirect"}); m365.KindOf(err) != m365.KindForeignHost {
		t.Errorf("a redirect to a foreign host gave %v", err)
	}
}

func TestARefusedTokenIsRenewedOnce(t *testing.T) {
	t.Parallel()
	f := newFakeCloud(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "Bearer "+fakeToken(1) {
			answerJSON(w, 401, `{"Message":"Authorization has been denied for this request."}`)
			return
		}
		answerJSON(w, 200, "[]")
	})
	a := f.activity(t, nil)
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			if _, err := a.ListSubscriptions(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if got := f.loginCount(); got != 2 {
		t.Errorf("20 requests with an expired token led to %d sign-ins, want 2", got)
	}
}

func TestAFeedWithoutPermissionSaysWhichOne(t *testing.T) {
	t.Parallel()
	f := newFakeCloud(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("contentType") == "DLP.All" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		answerJSON(w, 403, `{"error":{"code":"AF10001","message":"The permission set () sent in the request does not include the expected permission."}}`)
	})
	a := f.activity(t, nil)
	_, err := listAll(t.Context(), a, nightjar.FeedDLP)
	if m365.KindOf(err) != m365.KindPermission || !strings.Contains(err.Error(), "ActivityFeed.ReadDlp") {
		t.Errorf("DLP.All gave %v", err)
	}
	_, err = listAll(t.Context(), a, nightjar.FeedExchange)
	if m365.KindOf(err) != m365.KindPermission || nightjar.CodeOf(err) != nightjar.CodeForbidden || !strings.Contains(nightjar.HintOf(err), "ActivityFeed.Read ") {
		t.Errorf("Audit.Exchange gave %v (%s)", err, nightjar.HintOf(err))
	}
}

func TestStartingWhatRunsIsASuccess(t *testing.T) {
	t.Parallel()
	var sent string
	f := newFakeCloud(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		sent = string(b)
		answerJSON(w, 400, `{"error":{"code":"AF20024","message":"The subscription is already enabled. No property change."}}`)
	})
	hook := &m365.Webhook{Address: "https://hooks.example/x", AuthID: secret.New("auth-id-canary")}
	s, err := f.activity(t, nil).StartSubscription(t.Context(), nightjar.FeedGeneral, hook)
	if err != nil || !s.Enabled() || s.Feed != nightjar.FeedGeneral {
		t.Errorf("starting gave %+v, %v", s, err)
	}
	if want := `{"webhook":{"address":"https://hooks.example/x","authId":"auth-id-canary","expiration":""}}`; sent != want {
		t.Errorf("sent %s, want %s", sent, want)
	}
}

func TestSubscriptionsAreReadLeniently(t *testing.T) {
	t.Parallel()
	f := newFakeCloud(t, func(w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, 200, `[{"contentType":"AUDIT.sharepoint","status":"enabled","webhook":null},{"contentType":"DLP.ALL"},{"contentType":"Audit.Exchange","status":"disabled",
			"webhook":{"status":"expired","address":"https://h/","authId":"w-canary","expiration":"2026-01-01T00:00:00"}},{"contentType":"Audit.New","status":7}]`)
	})
	got, err := f.activity(t, nil).ListSubscriptions(t.Context())
	if err != nil || len(got) != 4 {
		t.Fatalf("listed %+v, %v", got, err)
	}
	if got[0].Feed != nightjar.FeedSharePoint || !got[0].Enabled() || got[1].Feed != nightjar.FeedDLP || !got[1].Enabled() || got[2].Enabled() || got[3].Feed != "Audit.New" {
		t.Errorf("listed %+v", got)
	}
	if got[2].Webhook == nil || strings.Contains(fmt.Sprintf("%+v", *got[2].Webhook), "w-canary") {
		t.Errorf("the webhook reads %+v", got[2].Webhook)
	}
}

func TestWindowsThatBreakARuleAreNotSent(t *testing.T) {
	t.Parallel()
	f := newFakeCloud(t, func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, 200, "[]") })
	a := f.activity(t, nil)
	for _, end := range []time.Time{day, day.Add(-time.Hour), day.Add(24*time.Hour + time.Second)} {
		err := a.ListContent(t.Context(), nightjar.FeedExchange, day, end, func([]nightjar.Blob) error { return nil })
		if m365.KindOf(err) != m365.KindWindow {
			t.Errorf("until %s: %v", end, err)
		}
	}
	if len(f.requests()) != 0 {
		t.Errorf("sent %q", f.requests())
	}
}

func gz(t *testing.T, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestABrokenBlobIsNeverTakenForAWholeOne(t *testing.T) {
	t.Parallel()
	whole := []byte("[" + strings.Repeat(`{"Id":"1"},`, 5000) + `{"Id":"2"}]`)
	packed := gz(t, whole)
	f := newFakeCloud(t, func(w http.ResponseWriter, r *http.Request) {
		send := func(header string, length int, b []byte) {
			if header != "" {
				w.Header().Set("Content-Encoding", header)
			}
			w.Header().Set("Content-Length", fmt.Sprint(length))
			_, _ = w.Write(b)
		}
		switch r.URL.Path {
		case "/plain":
			send("", len(whole), whole)
		case "/gzip":
			send("gzip", len(packed), packed)
		case "/short":
			send("", len(whole), whole[:len(whole)/2])
		case "/short-gzip":
			send("gzip", len(packed), packed[:len(packed)/2])
		case "/cut-gzip": // the length fits, the stream inside does not
			send("gzip", len(packed)/2, packed[:len(packed)/2])
		case "/no-trailer":
			send("gzip", len(packed)-8, packed[:len(packed)-8])
		case "/empty-gzip":
			send("gzip", 0, nil)
		case "/bad-sum":
			bad := bytes.Clone(packed)
			bad[len(bad)-6] ^= 1
			send("gzip", len(bad), bad)
		case "/br":
			send("br", len(whole), whole)
		case "/reset":
			_, _ = w.Write(whole[:1000])
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}
	})
	a := f.activity(t, nil)
	for path, fine := range map[string]bool{
		"/plain": true, "/gzip": true, "/short": false, "/short-gzip": false, "/cut-gzip": false, "/no-trailer": false, "/empty-gzip": false, "/bad-sum": false, "/br": false, "/reset": false,
	} {
		stream, err := a.OpenBlob(t.Context(), nightjar.Blob{ID: "x", URI: "https://example.com" + path})
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		got, err := io.ReadAll(stream)
		_ = stream.Close()
		switch {
		case fine && (err != nil || !bytes.Equal(got, whole)):
			t.Errorf("%s: %d bytes, %v", path, len(got), err)
		case !fine && (m365.KindOf(err) != m365.KindTransient || nightjar.CodeOf(err) != nightjar.CodeUnavailable):
			t.Errorf("%s: %d bytes and %v, want a transient error", path, len(got), err)
		}
		if _, again := stream.Read(make([]byte, 1)); !fine && !errors.Is(again, err) {
			t.Errorf("%s: a second Read gives %v", path, again)
		}
	}
}

func TestAGzipBombEndsAtTheLimit(t *testing.T) {
	t.Parallel()
	bomb := gz(t, bytes.Repeat([]byte(" "), 64<<20))
	f := newFakeCloud(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(bomb)
	})
	stream, err := f.activity(t, func(c *m365.ActivityConfig) { c.MaxBlobBytes = 1 << 20 }).OpenBlob(t.Context(), nightjar.Blob{ID: "x", URI: "https://example.com/bomb"})
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	n, err := io.Copy(io.Discard, stream)
	if n != 1<<20 || m365.KindOf(err) != m365.KindTooLarge {
		t.Errorf("read %d bytes, then %v", n, err)
	}
}

func TestABlobThatStandsStillIsGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeCloud(t, func(w http.ResponseWriter, r *http.Request) {
			for range 10 { // slow, but it moves
				_, _ = w.Write([]byte("x"))
				w.(http.Flusher).Flush()
				time.Sleep(50 * time.Second)
			}
			<-r.Context().Done()
		})
		a := f.activity(t, nil)
		began := time.Now()
		stream, err := a.OpenBlob(t.Context(), nightjar.Blob{ID: "x", URI: "https://example.com/slow"})
		if err != nil {
			t.Fatal(err)
		}
		defer stream.Close()
		n, err := io.Copy(io.Discard, stream)
		if n != 10 || m365.KindOf(err) != m365.KindTransient {
			t.Errorf("read %d bytes, then %v", n, err)
		}
		if took := time.Since(began); took < 500*time.Second || took > 520*time.Second {
			t.Errorf("given up after %s", took)
		}
	})
}

func TestCancellingEndsAReadWithTheCause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeCloud(t, func(w http.ResponseWriter, r *http.Request) {
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		})
		stop := errors.New("stopping")
		ctx, cancel := context.WithCancelCause(t.Context())
		stream, err := f.activity(t, nil).OpenBlob(ctx, nightjar.Blob{ID: "x", URI: "https://example.com/slow"})
		if err != nil {
			t.Fatal(err)
		}
		defer stream.Close()
		go func() { time.Sleep(time.Second); cancel(stop) }()
		if _, err := io.ReadAll(stream); !errors.Is(err, stop) || m365.KindOf(err) != m365.KindNone {
			t.Errorf("ended with %v", err)
		}
	})
}

func TestATruncatedPageIsAskedForAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		f := newFakeCloud(t, func(w http.ResponseWriter, _ *http.Request) {
			page := "[" + blobJSON("a") + "," + blobJSON("b") + "]"
			switch tries++; tries {
			case 1:
				answerJSON(w, 200, page[:len(page)/2])
			case 2:
				w.Header().Set("Content-Length", fmt.Sprint(len(page)))
				_, _ = w.Write([]byte(page[:len(page)-3]))
			case 3:
				w.Header().Set("Content-Type", "text/html")
				_, _ = w.Write([]byte("<html>sign in to the hotel's network</html>"))
			case 4:
				answerJSON(w, 503, "Service Unavailable")
			case 5:
				panic(http.ErrAbortHandler)
			default:
				answerJSON(w, 200, page)
			}
		})
		blobs, err := listAll(t.Context(), f.activity(t, nil), nightjar.FeedExchange)
		if err != nil || len(blobs) != 2 || tries != 6 {
			t.Errorf("listed %d blobs after %d tries: %v", len(blobs), tries, err)
		}
	})
}

func TestRetriesAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeCloud(t, func(w http.ResponseWriter, _ *http.Request) {
			answerJSON(w, 500, `{"error":{"code":"AF50000","message":"An internal server error occurred. Retry the request."}}`)
		})
		_, err := listAll(t.Context(), f.activity(t, nil), nightjar.FeedExchange)
		if m365.KindOf(err) != m365.KindServer || len(f.requests()) != 6 {
			t.Errorf("%d requests, then %v", len(f.requests()), err)
		}
	})
}

func TestRetryAfterIsHonouredBeyondAMinute(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{
		"429": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "600")
			answerJSON(w, 429, `{"error":{"code":"AF429","message":"Too many requests."}}`)
		},
		"403 in single quotes, date": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", time.Now().UTC().Add(600*time.Second).Format(http.TimeFormat))
			answerJSON(w, 403, `{'error':{'code':'AF429','message':'Too many requests. Method=GetBlob, PublisherId=00000000-0000-0000-0000-000000000000'}}`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tries := 0
				f := newFakeCloud(t, func(w http.ResponseWriter, r *http.Request) {
					if tries++; tries == 1 {
						answer(w, r)
						return
					}
					answerJSON(w, 200, "[]")
				})
				var told []m365.ThrottleInfo
				a := f.activity(t, func(c *m365.ActivityConfig) {
					c.OnThrottle = func(i m365.ThrottleInfo) { told = append(told, i) }
				})
				began := time.Now()
				if _, err := listAll(t.Context(), a, nightjar.FeedExchange); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(began); took < 600*time.Second || took > 610*time.Second {
					t.Errorf("took %s", took)
				}
				if len(told) != 1 || told[0].RetryAfter != 600*time.Second || told[0].Feed != nightjar.FeedExchange || told[0].Tenant != tenantID {
					t.Errorf("the hook was told %+v", told)
				}
			})
		})
	}
}

func TestTheClocksDifferenceIsMeasured(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeCloud(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Date", time.Now().UTC().Add(17*time.Minute).Format(http.TimeFormat))
			answerJSON(w, 200, "[]")
		})
		a := f.activity(t, nil)
		if _, known := a.Skew(); known {
			t.Error("known before the first answer")
		}
		if _, err := a.ListSubscriptions(t.Context()); err != nil {
			t.Fatal(err)
		}
		ahead, known := a.Skew()
		if !known || (ahead-17*time.Minute).Abs() > time.Second {
			t.Errorf("measured %s", ahead)
		}
	})
}

func TestNothingSecretIsLoggedOrReturned(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFakeCloud(t, func(w http.ResponseWriter, r *http.Request) {
			// An answer that throws our token back at us.
			answerJSON(w, 500, fmt.Sprintf(`{"error":{"code":"AF50000","message":"failed for %s at https://example.com/x?nextpage=OPAQUE$1"}}`, r.Header.Get("Authorization")))
		})
		a := f.activity(t, nil)
		_, err := a.OpenBlob(t.Context(), nightjar.Blob{ID: "x", URI: "https://example.com/blob?sig=OPAQUE"})
		all := f.log.String() + fmt.Sprintf("%v %+v %#v", err, err, err)
		if u, ok := errors.AsType[*url.Error](err); ok {
			t.Errorf("the error holds an address: %v", u)
		}
		for _, canary := range []string{fakeToken(1), strings.Split(fakeToken(1), ".")[1], secretText, "OPAQUE"} {
			if strings.Contains(all, canary) {
				t.Errorf("%q leaks in %s", canary, all)
			}
		}
	})
}

// To take no answer for an empty list would move a cursor past what was never listed.
func TestAnswerWithoutAListIsNotAnEmptyOne(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{"", "null", " \n"} {
		f := newFakeCloud(t, func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, 200, answer) })
		a := f.activity(t, func(c *m365.ActivityConfig) { c.Attempts = 1 })
		if _, err := listAll(t.Context(), a, nightjar.FeedExchange); m365.KindOf(err) != m365.KindTransient {
			t.Errorf("a listing answered %q: %v", answer, err)
		}
		if _, err := a.ListSubscriptions(t.Context()); m365.KindOf(err) != m365.KindTransient {
			t.Errorf("the subscriptions answered %q: %v", answer, err)
		}
	}
}
