package m365

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
)

func TestAnswersAreClassified(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		body   string
		kind   Kind
		af     string
	}{
		"permission":                        {403, `{"error":{"code":"AF10001","message":"The permission set () sent in the request does not include the expected permission."}}`, KindPermission, "AF10001"},
		"throttled 429":                     {429, ``, KindThrottled, ""},
		"throttled 403 in single quotes":    {403, `{'error':{'code':'AF429','message':'Too many requests. Method=GetBlob, PublisherId=00000000-0000-0000-0000-000000000000'}}`, KindThrottled, "AF429"},
		"throttled 400 text":                {400, `Too many requests`, KindThrottled, ""},
		"throttled 403 JSON":                {403, `{"error":{"code":"AF429","message":"Too many requests. Method=X"}}`, KindThrottled, "AF429"},
		"throttled 503":                     {503, `{"error":{"code":"AF429"}}`, KindThrottled, "AF429"},
		"not subscribed":                    {400, `{"error":{"code":"AF20022","message":"No subscription found for the specified content type"}}`, KindNotSubscribed, "AF20022"},
		"disabled":                          {403, `{"error":{"code":"AF20023","message":"The subscription was disabled by a tenant admin."}}`, KindDisabled, "AF20023"},
		"window":                            {400, `{"error":{"code":"AF20055","message":"Start time invalid"}}`, KindWindow, "AF20055"},
		"expired":                           {404, `{"error":{"code":"AF20051","message":"Content requested with the key X has already expired."}}`, KindContentExpired, "AF20051"},
		"missing":                           {404, `{"error":{"code":"AF20050","message":"The specified content (X) does not exist."}}`, KindContentMissing, "AF20050"},
		"a 404 of somebody else":            {404, `<html>not here</html>`, KindServer, ""},
		"auditing off, without a code":      {500, `{"error":{"code":"StartSubscription [CorrelationId=x]","message":"Microsoft.Office.Compliance.Audit.DataServiceException: Tenant 6d1d4b2e-0f8c-4b51-9e0f-2d3f1c9a7b10 does not exist."}}`, KindTenantUnknown, ""},
		"auditing off":                      {400, `{"error":{"code":"AF20011","message":"Specified tenant ID (x) does not exist in the system or has been deleted."}}`, KindTenantUnknown, "AF20011"},
		"internal error with trailing text": {500, `{"error":{"code":"AF50000","message":"An internal server error occurred. Retry the request."}}`, KindServer, "AF50000"},
		"unknown code":                      {400, `{"error":{"code":"AF99999","message":"new"}}`, KindBug, "AF99999"},
		"expired token":                     {401, `{"Message":"Authorization has been denied for this request."}`, KindAuth, ""},
		"request timeout":                   {408, ``, KindTransient, ""},
		"gateway":                           {502, `<html>`, KindServer, ""},
		"null error":                        {500, `{"error":null}`, KindServer, ""},
		"error is text":                     {500, `{"error":"AF50006 oops"}`, KindServer, "AF50006"},
		"a number for a code":               {403, `{"error":{"code":7,"message":["x"]}}`, KindPermission, ""},
		"proxy wants a login":               {407, ``, KindNetwork, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := classify(c.status, http.Header{}, []byte(c.body), time.Time{})
			if e.Kind != c.kind || e.AF != c.af {
				t.Errorf("got %s %q, want %s %q", e.Kind, e.AF, c.kind, c.af)
			}
			if e.Kind != KindAlreadyEnabled && ruleFor(e).User == "" {
				t.Error("people are told nothing")
			}
		})
	}
}

func TestTheTableIsComplete(t *testing.T) {
	t.Parallel()
	documented := "AF10001 AF20001 AF20002 AF20003 AF20010 AF20011 AF20012 AF20013 AF20020 AF20021 AF20022 AF20023 AF20024 AF20030 AF20031 AF20050 AF20051 AF20052 AF20053 AF20054 AF20055 AF429 AF50000 AF50005 AF50006"
	seen, kinds := map[string]bool{}, map[Kind]bool{}
	for _, r := range Errors() {
		if r.AF != "" && seen[r.AF] {
			t.Errorf("%s stands twice", r.AF)
		}
		seen[r.AF] = true
		kinds[r.Kind] = true
		if r.Meaning == "" || r.Collector == "" || r.User == "" || (r.Hint == "" && r.Kind != KindAlreadyEnabled) {
			t.Errorf("the row %+v is not filled in", r)
		}
	}
	for code := range strings.FieldsSeq(documented) {
		if !seen[code] {
			t.Errorf("%s is not in the table", code)
		}
	}
	for _, k := range []Kind{
		KindPermission, KindBug, KindConfig, KindTenantUnknown, KindWebhook, KindNotSubscribed, KindDisabled, KindAlreadyEnabled, KindWindow, KindBadPage,
		KindContentMissing, KindContentExpired, KindContentID, KindThrottled, KindServer, KindAuth, KindTransient, KindWebPage, KindForeignHost, KindNetwork, KindTooLarge,
	} {
		if !kinds[k] {
			t.Errorf("no row for %s", k)
		}
	}
}

func TestRetryAfterIsReadInBothForms(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		value, date string
		want        time.Duration
	}{
		"seconds":                        {"90", "", 90 * time.Second},
		"ten minutes":                    {" 600 ", "", 10 * time.Minute},
		"a fraction":                     {"1.5", "", 1500 * time.Millisecond},
		"a date":                         {now.Add(2 * time.Minute).Format(http.TimeFormat), "", 2 * time.Minute},
		"a date by the server's clock":   {now.Add(time.Hour + 2*time.Minute).Format(http.TimeFormat), now.Add(time.Hour).Format(http.TimeFormat), 2 * time.Minute},
		"a date in the past":             {now.Add(-time.Minute).Format(http.TimeFormat), "", 0},
		"nothing":                        {"", "", 0},
		"rubbish":                        {"soon", "", 0},
		"negative":                       {"-5", "", 0},
		"not a number":                   {"NaN", "", 0},
		"absurd":                         {"1e300", "", maxRetryAfter},
		"an absurd date":                 {now.AddDate(50, 0, 0).Format(http.TimeFormat), "", maxRetryAfter},
		"infinite":                       {"Inf", "", maxRetryAfter},
		"two numbers are not understood": {"5, 6", "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := http.Header{"Retry-After": {c.value}}
			if c.date != "" {
				h.Set("Date", c.date)
			}
			if got := retryAfter(h, now); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func FuzzRetryAfter(f *testing.F) {
	f.Add("90", "")
	f.Add("Sun, 22 Nov 2026 12:00:00 GMT", "Sun, 22 Nov 2026 11:00:00 GMT")
	f.Add("-1", "x")
	f.Fuzz(func(t *testing.T, value, date string) {
		got := retryAfter(http.Header{"Retry-After": {value}, "Date": {date}}, time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))
		if got < 0 || got > maxRetryAfter {
			t.Errorf("%q gave %s", value, got)
		}
	})
}

var jwtText = regexp.MustCompile(`\beyJ[\w-]{4,}\.`)

func FuzzClassify(f *testing.F) {
	f.Add(403, []byte(`{'error':{'code':'AF429','message':'Too many requests.'}}`))
	f.Add(500, []byte(`{"error":{"code":"AF50000","message":"Bearer eyJabc.def.ghi"}}`))
	f.Add(401, []byte(`{"Message":"Authorization has been denied"}`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		e := classify(status, http.Header{}, body, time.Time{})
		if e.Kind == KindNone {
			t.Error("no kind")
		}
		if status == 429 && e.Kind != KindThrottled {
			t.Errorf("429 became %s", e.Kind)
		}
		if len(e.Message) > 320 || strings.ContainsFunc(e.Message, unicode.IsControl) || jwtText.MatchString(e.Message) {
			t.Errorf("the message is not clean: %q", e.Message)
		}
	})
}

func FuzzFollow(f *testing.F) {
	const publisher = "6d1d4b2e-0f8c-4b51-9e0f-2d3f1c9a7b10"
	root, err := originOf("https://manage.office.com")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		"https://manage.office.com/api/v1/x?contenttype=Audit.General&nextpage=2020$2020$na0022\r",
		"https://manage.office.com@evil.example/", "https://manage.office.com:443/a%2Fb$c", "https://manage.office.com\\@evil.example/", "//manage.office.com", "https://MANAGE.office.com?PublisherIdentifier=1#f", "https://manage.office.com./", "https://manage.office.com:0443/", "https://manage.office.com/ä ö?ü",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		u, err := root.follow(address, publisher)
		if err != nil {
			if KindOf(err) != KindForeignHost {
				t.Errorf("refused as %s", KindOf(err))
			}
			return
		}
		// What net/http will do with it: connect to this host, write this line.
		if u.Scheme != "https" || strings.ToLower(u.Hostname()) != "manage.office.com" || (u.Port() != "" && u.Port() != "443") || u.User != nil {
			t.Errorf("%q leads to %s", address, u)
		}
		if line := u.RequestURI(); slices.ContainsFunc([]byte(line), breaksLine) {
			t.Errorf("%q gives the request line %q", address, line)
		}
		if !hasParameter(u.RawQuery, publisherParameter) {
			t.Errorf("%q lost the publisher: %s", address, u)
		}
		if before, query, found := strings.Cut(address, "?"); found && !strings.Contains(before+query, "#") && !slices.ContainsFunc([]byte(query), breaksLine) && !strings.HasPrefix(u.RawQuery, query) {
			t.Errorf("the query %q became %q", query, u.RawQuery)
		}
	})
}

func TestTimesAreReadInAllTheirForms(t *testing.T) {
	t.Parallel()
	want := time.Date(2026, 11, 20, 10, 46, 42, 0, time.UTC)
	for _, s := range []text{
		"2026-11-20T10:46:42Z", "2026-11-20T10:46:42", "2026-11-20T10:46:42.0000000Z", "2026-11-20T10:46:42.000", " 2026-11-20T10:46:42Z ",
		"2026-11-20T12:46:42+02:00", "2026-11-20 10:46:42",
	} {
		if got, err := parseTime(s); err != nil || !got.Equal(want) {
			t.Errorf("%q reads %s, %v", s, got, err)
		}
	}
	if got, err := parseTime("2026-11-20T10:46:42.1234567Z"); err != nil || got.Nanosecond() != 123456700 {
		t.Errorf("a fraction of seven digits reads %s, %v", got, err)
	}
	for _, s := range []text{"", "null", "0", "yesterday"} {
		if got, err := parseTime(s); err == nil {
			t.Errorf("%q reads %s", s, got)
		}
	}
}
