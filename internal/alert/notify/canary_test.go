package notify_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert"
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
	"github.com/nightjar-sec/nightjar/internal/alert/notify/notifytest"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

const canary = "cAnArY7f3bZq9secretvalue"

// TestNoSecretIsWritten sends well and badly through every kind of sink, with
// receivers that repeat what they were sent, and looks for each secret in the
// log, the errors, what is returned and all files of the data directory.
func TestNoSecretIsWritten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		var said bytes.Buffer
		say := func(v ...any) {
			for _, x := range v {
				fmt.Fprintf(&said, "%v %+v %#v\n", x, x, x)
				if j, err := json.Marshal(x); err == nil {
					said.Write(j)
				}
				if err, ok := x.(error); ok {
					said.WriteString(nightjar.HintOf(err))
				}
			}
		}
		h := &notifytest.Hook{Answer: func(n int, r *http.Request, body []byte) notifytest.Act {
			echo := "https://example.com" + r.URL.RequestURI() + " " + r.Header.Get("Authorization") + " " + string(body)
			return notifytest.Act{Status: []int{200, 500, 400, 404, 302, 429}[n%6], Reset: n%7 == 6, Body: echo, Header: map[string]string{"Location": r.URL.Path}}
		}}
		h.Serve(b.net.Listen("example.com:443"), b.net.TLS())
		defer h.Close()
		mail := &notifytest.SMTP{TLS: b.net.TLS(), User: "u", Password: "another", Auth: "PLAIN LOGIN"}
		mail.Serve(b.net.Listen("example.com:587"))
		defer mail.Close()
		to := "https://example.com/hooks/" + canary + "?sig=" + canary + "-query"
		var list []notify.Channel
		list = append(list,
			b.add(notify.Channel{Name: "webhook", Kind: "webhook"}, map[string]string{"url": to, "key": canary, "bearer": canary}),
			b.add(notify.Channel{Name: "slack", Kind: "slack"}, map[string]string{"url": to}),
			b.add(notify.Channel{Name: "teams", Kind: "teams"}, map[string]string{"url": to}),
			b.add(notify.Channel{Name: "pagerduty", Kind: "pagerduty"}, map[string]string{"url": to, "routing_key": canary}),
			b.add(notify.Channel{Name: "email", Kind: "email", Settings: map[string]string{"server": "example.com:587", "from": "a@example.com", "to": "b@example.com", "username": "u"}}, map[string]string{"password": canary}),
			b.add(notify.Channel{Name: "nowhere", Kind: "webhook"}, map[string]string{"url": "https://nowhere.example/" + canary}),
		)
		b.routes(oneByOne(list...))
		stop := b.run()
		for i := range 6 {
			b.change(alert.ChangeOpened, someAlert(i))
			for _, c := range list {
				trial, err := b.Test(t.Context(), c.ID)
				say(trial, err)
			}
			time.Sleep(time.Minute)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		stop()
		_, err := b.Add(t.Context(), notify.Channel{Name: "bad", Kind: "webhook"}, map[string]secret.Value{"url": secret.New("gopher://" + canary)})
		say(err)
		_, err = b.Add(t.Context(), notify.Channel{Name: "bad", Kind: "webhook"}, map[string]secret.Value{"url": secret.New(canary + "://\x7f")})
		say(err)
		now, err := b.List(t.Context())
		say(now, err, b.deliveries(notify.DeliveryFilter{}), b.warns.set, b.Environment())
		change := notify.ChannelChange{Secrets: map[string]secret.Value{"bearer": secret.New(canary + "2")}}
		say(change.Detail())
		changed, err := b.Change(t.Context(), list[0].ID, change)
		say(changed, err)

		look := func(where string, data []byte) {
			for form, s := range map[string]string{"plain": canary, "URL": url.QueryEscape(canary), "base64": base64.StdEncoding.EncodeToString([]byte(canary)), "hex": hex.EncodeToString([]byte(canary))} {
				if i := bytes.Index(data, []byte(s)); i >= 0 {
					t.Errorf("%s holds the secret (%s): %.200s", where, form, data[max(0, i-100):])
				}
			}
		}
		look("the log", []byte(b.log.String()))
		look("what was said", said.Bytes())
		if len(b.log.String()) < 1000 || len(h.Seen()) == 0 {
			t.Error("too little happened to prove anything")
		}
		files := 0
		err = filepath.WalkDir(b.dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			data, err := os.ReadFile(path)
			files++
			look(filepath.Base(path), data)
			return err
		})
		if err != nil || files < 2 {
			t.Error(files, err)
		}
	})
}

// TestEachSecretThatIsRepeatedIsHidden has receivers repeat what they were
// sent, well and badly, where each secret has a text of its own.
func TestEachSecretThatIsRepeatedIsHidden(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		// What stands before a secret moves it over the place at which answers are cut.
		var before int
		h := &notifytest.Hook{Answer: func(n int, r *http.Request, body []byte) notifytest.Act {
			token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
			answer := strings.Repeat("x", before) + " " + token
			if len(body) > 0 {
				var e struct {
					RoutingKey string `json:"routing_key"`
				}
				if err := json.Unmarshal(body, &e); err != nil {
					t.Error(err)
				}
				answer += e.RoutingKey
			}
			return notifytest.Act{Status: []int{200, 500, 400}[n%3], Body: answer + " " + r.URL.RawQuery + " " + r.URL.Path}
		}}
		h.Serve(b.net.Listen("example.com:443"), b.net.TLS())
		defer h.Close()
		const password, plain = "canary-of-the-password-1", "AHUAY2FuYXJ5LW9mLXRoZS1wYXNzd29yZC0x"
		mail := &notifytest.SMTP{TLS: b.net.TLS(), User: "u", Password: password, Auth: "PLAIN", Fault: func(n int, command string) string {
			if command != "AUTH" {
				return ""
			}
			return "535 " + strings.Repeat("x", before) + " " + password + " or " + plain + " is wrong"
		}}
		mail.Serve(b.net.Listen("example.com:587"))
		defer mail.Close()
		secrets := []string{"canary-of-the-bearer-22", "canary-of-the-key-333333", "canary-of-the-routing-4444444444", "canary-of-the-query-55", "canary-of-the-path-6666", password, plain}
		list := []notify.Channel{
			b.add(notify.Channel{Name: "webhook", Kind: "webhook"}, map[string]string{"url": "https://example.com/" + secrets[4] + "?sig=" + secrets[3], "key": secrets[1], "bearer": secrets[0]}),
			b.add(notify.Channel{Name: "pager", Kind: "pagerduty"}, map[string]string{"url": "https://example.com/" + secrets[4], "routing_key": secrets[2]}),
			b.add(notify.Channel{Name: "email", Kind: "email", Settings: map[string]string{"server": "example.com:587", "from": "a@example.com", "to": "b@example.com", "username": "u"}}, map[string]string{"password": password}),
		}
		said, answered := "", 0
		for before = 0; before < 320; before += 7 {
			for _, c := range list {
				trial, err := b.Test(t.Context(), c.ID)
				if err != nil {
					t.Fatal(err)
				}
				if trial.Said != "" {
					answered++
				}
				said += fmt.Sprintf("%+v\n", trial)
			}
		}
		if answered < 100 {
			t.Errorf("only %d answers were kept: %.500s", answered, said)
		}
		for _, s := range secrets {
			if i := strings.Index(said, s[:12]); i >= 0 {
				t.Errorf("%s is shown: %.200s", s, said[max(0, i-100):])
			}
		}
	})
}
