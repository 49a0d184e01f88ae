package notify_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert"
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
	"github.com/nightjar-sec/nightjar/internal/alert/notify/notifytest"
)

// TestMarkupFromEventsIsNotReadAsMarkup has somebody put a mention of
// everybody, a link and a break of the line into what an alert says.
func TestMarkupFromEventsIsNotReadAsMarkup(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		chat, chatChannel := b.hook("chat", "slack", nil)
		card, cardChannel := b.hook("card", "teams", nil)
		b.routes(oneByOne(chatChannel, cardChannel))
		stop := b.run()
		a := someAlert(1)
		a.Title = "<!channel> [click](https://evil.example)"
		a.Reason = "<https://evil.example|your bank>\n# big *bold* <script>alert(1)</script>"
		b.change(alert.ChangeOpened, a)
		time.Sleep(time.Second)
		stop()
		var slack struct {
			Blocks []struct {
				Text *struct{ Type, Text string }
			}
		}
		if err := json.Unmarshal(chat.Seen()[0].Body, &slack); err != nil {
			t.Fatal(err)
		}
		for _, block := range slack.Blocks {
			if block.Text != nil && block.Text.Type == "mrkdwn" && (strings.Contains(block.Text.Text, "<!channel>") || strings.Contains(block.Text.Text, "<https://evil")) {
				t.Errorf("Slack reads markup: %s", block.Text.Text)
			}
		}
		var teams struct {
			Type        string
			Attachments []struct {
				ContentType string
				Content     struct {
					Type, Version string
					Body          []map[string]any
					Actions       []map[string]any
				}
			}
		}
		if err := json.Unmarshal(card.Seen()[0].Body, &teams); err != nil {
			t.Fatal(err)
		}
		content := teams.Attachments[0].Content
		if teams.Type != "message" || teams.Attachments[0].ContentType != "application/vnd.microsoft.card.adaptive" || content.Type != "AdaptiveCard" || content.Actions[0]["url"] != "https://nightjar.example.com/alerts/A-0001" {
			t.Errorf("the card is %+v", teams)
		}
		for _, block := range content.Body {
			if text, _ := block["text"].(string); strings.Contains(text, "[click](") || strings.Contains(text, "<script") {
				t.Errorf("Teams reads markup: %s", text)
			}
		}
	})
}

// TestACardStaysBelowWhatTeamsTakes sends the longest alerts that there can be.
func TestACardStaysBelowWhatTeamsTakes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		card, c := b.hook("card", "teams", nil)
		b.routes(notify.Route{Name: "all", Channels: []string{c.ID}})
		stop := b.run()
		for i := range 30 {
			a := someAlert(i)
			a.Title, a.Reason = strings.Repeat("ü", 5000), strings.Repeat(`"\<ü`, 20_000)
			for j := range 40 {
				a.Entities = append(a.Entities, nightjar.Entity{Kind: nightjar.EntityFile, Value: fmt.Sprint(j, strings.Repeat("漢", 3000))})
			}
			b.change(alert.ChangeOpened, a)
		}
		time.Sleep(time.Minute)
		stop()
		if len(card.Seen()) != 2 {
			t.Fatalf("%d cards", len(card.Seen()))
		}
		for _, p := range card.Seen() {
			if len(p.Body) > 28<<10 || !json.Valid(p.Body) {
				t.Errorf("a card of %d bytes", len(p.Body))
			}
		}
		if last := string(card.Seen()[1].Body); !strings.Contains(last, " more") {
			t.Error("nothing says how many there are")
		}
	})
}

// TestPagerDutyHasOneIncidentForAnAlert follows an alert through its states.
func TestPagerDutyHasOneIncidentForAnAlert(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		h, c := b.hook("pager", "pagerduty", nil)
		b.routes(notify.Route{Name: "all", Channels: []string{c.ID}, GroupBy: notify.GroupNone})
		stop := b.run()
		a := someAlert(1)
		b.change(alert.ChangeOpened, a)
		a.Severity = nightjar.SeverityCritical
		b.change(alert.ChangeRaised, a)
		a.Status, a.Version = alert.StatusAcknowledged, 2
		b.change(alert.ChangeAcknowledged, a)
		a.Status, a.Disposition, a.Version = alert.StatusClosed, alert.DispositionTrue, 3
		b.change(alert.ChangeClosed, a)
		other := someAlert(2)
		b.change(alert.ChangeOpened, other)
		time.Sleep(time.Minute)
		stop()
		var got []string
		keys := map[string]bool{}
		for _, p := range h.Seen() {
			var e struct {
				RoutingKey string `json:"routing_key"`
				Action     string `json:"event_action"`
				DedupKey   string `json:"dedup_key"`
				Payload    *struct{ Summary, Source, Severity string }
			}
			if err := json.Unmarshal(p.Body, &e); err != nil || e.RoutingKey != "0123456789abcdef0123456789abcdef" {
				t.Fatal(err, e.RoutingKey)
			}
			keys[e.DedupKey] = true
			what := e.Action
			if e.Payload != nil {
				what += " " + e.Payload.Severity
			}
			got = append(got, what)
		}
		if want := "trigger error,trigger critical,acknowledge,resolve,trigger error"; strings.Join(got, ",") != want || len(keys) != 2 {
			t.Errorf("%v under %d keys, want %s", got, len(keys), want)
		}
	})
}

// TestSyslogIsFramedAndEscaped reads what a receiver reads, in each form.
func TestSyslogIsFramedAndEscaped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		server := &notifytest.Syslog{}
		server.Serve(b.net.Listen("example.com:6514"), b.net.TLS())
		var list []notify.Channel
		for _, form := range []string{"text", "cef", "json"} {
			list = append(list, b.add(notify.Channel{Name: form, Kind: "syslog", Settings: map[string]string{"server": "example.com:6514", "format": form, "facility": "auth"}}, nil))
		}
		b.routes(oneByOne(list...))
		stop := b.run()
		a := someAlert(1)
		a.Title, a.Reason, a.Rule = `Pipes | and \ in "titles"]`, "first=1\nCEF:0|second", `rule"]`
		b.change(alert.ChangeOpened, a)
		time.Sleep(time.Minute)
		synctest.Wait()
		stop()
		server.Close()
		seen := server.Seen()
		if len(seen) != 3 {
			t.Fatalf("%d messages: %q, %+v", len(seen), seen, b.deliveries(notify.DeliveryFilter{}))
		}
		for _, m := range seen {
			if strings.ContainsAny(m, "\r\n") || !strings.HasPrefix(m, "<35>1 ") || !strings.Contains(m, `rule="rule\"\]"]`) || !strings.Contains(m, " nightjar ") {
				t.Errorf("%q", m)
			}
		}
		var all string
		for _, m := range seen {
			_, body, _ := strings.Cut(m, "\ufeff")
			switch {
			case strings.HasPrefix(body, "CEF:0|"):
				all += "cef"
				if !strings.Contains(body, `|rule"]|Pipes \| and \\ in "titles"]|8|rt=`) || !strings.Contains(body, `msg=first\=1 CEF:0|second`) || !strings.Contains(body, "suser=anna@contoso.com") || !strings.Contains(body, "src=198.51.100.7") {
					t.Errorf("%q", body)
				}
			case strings.HasPrefix(body, "{"):
				all += "json"
				if !json.Valid([]byte(body)) {
					t.Errorf("%q", body)
				}
			default:
				all += "text"
			}
		}
		if len(all) != len("textcefjson") {
			t.Errorf("the forms are %s", all)
		}
	})
}

// blocks are what Slack shows of a message.
type blocks struct {
	Text, Parse string
	Blocks      []struct {
		Text   *slackText
		Fields []slackText
	}
}

type slackText struct {
	Type, Text string
	Verbatim   bool
}

func (b blocks) texts() (all []slackText) {
	for _, block := range b.Blocks {
		if block.Text != nil {
			all = append(all, *block.Text)
		}
		all = append(all, block.Fields...)
	}
	return all
}

// TestSlackTakesTextsThatEscapingMakesLong sends what grows to five times its
// length, and an address that must not become a link.
func TestSlackTakesTextsThatEscapingMakesLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		h, c := b.hook("chat", "slack", nil)
		b.routes(oneByOne(c))
		stop := b.run()
		for i, long := range []string{strings.Repeat("&", 5000), strings.Repeat("<_", 5000), strings.Repeat("ü&", 5000), "https://evil.example/sign-in is\u202e\u200b where"} {
			a := someAlert(i)
			a.Title, a.Reason, a.AssigneeName, a.Entities = long, long, long, []nightjar.Entity{{Kind: nightjar.EntityFile, Value: long}}
			b.change(alert.ChangeOpened, a)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		stop()
		if len(h.Seen()) != 4 {
			t.Fatalf("%d messages", len(h.Seen()))
		}
		for _, p := range h.Seen() {
			var got blocks
			if err := json.Unmarshal(p.Body, &got); err != nil {
				t.Fatal(err)
			}
			if len(got.Text) > 150 || got.Parse != "none" {
				t.Errorf("the text has %d bytes, parse is %q", len(got.Text), got.Parse)
			}
			for i, block := range got.Blocks {
				if block.Text != nil && (len(block.Text.Text) > 3000 || i == 0 && len(block.Text.Text) > 150) {
					t.Errorf("a text has %d bytes", len(block.Text.Text))
				}
				for _, f := range block.Fields {
					if len(f.Text) > 2000 {
						t.Errorf("a field has %d bytes", len(f.Text))
					}
				}
			}
			for _, x := range got.texts() {
				if x.Verbatim != (x.Type == "mrkdwn") || strings.ContainsAny(x.Text, "\u202e") {
					t.Errorf("%+v", x)
				}
				bare := strings.NewReplacer("&amp;", "", "&lt;", "", "&gt;", "").Replace(x.Text)
				if x.Type == "mrkdwn" && strings.Contains(bare, "&") {
					t.Errorf("a sign is cut in two: …%.40q", bare[strings.Index(bare, "&"):])
				}
			}
		}
	})
}

// TestWhatSlackRefusesGoesInALine has Slack take no blocks.
func TestWhatSlackRefusesGoesInALine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		h, c := b.hook("chat", "slack", func(_ int, _ *http.Request, body []byte) notifytest.Act {
			if strings.Contains(string(body), `"blocks"`) {
				return notifytest.Act{Status: 400, Body: "invalid_blocks"}
			}
			return notifytest.Act{}
		})
		b.routes(notify.Route{Name: "all", Channels: []string{c.ID}})
		stop := b.run()
		for i := range 30 {
			a := someAlert(i)
			a.Title = "<!channel> & others"
			b.change(alert.ChangeOpened, a)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		stop()
		got := bodies(h)
		if len(got) != 2 || len(b.deliveries(notify.DeliveryFilter{Status: notify.StatusSent})) != 2 {
			t.Fatalf("%d messages: %s", len(got), got)
		}
		var first, second blocks
		if err := errors.Join(json.Unmarshal([]byte(got[0]), &first), json.Unmarshal([]byte(got[1]), &second)); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(first.Text, "&lt;!channel&gt; &amp; others") || !strings.Contains(first.Text, "<https://nightjar.example.com/alerts/A-0000>") || !strings.Contains(second.Text, "29 alerts") {
			t.Errorf("%q, %q", first.Text, second.Text)
		}
	})
}

// TestWhatTeamsRefusesGoesWithoutItsParts has Teams take no facts.
func TestWhatTeamsRefusesGoesWithoutItsParts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		h, c := b.hook("card", "teams", func(_ int, _ *http.Request, body []byte) notifytest.Act {
			if strings.Contains(string(body), `"FactSet"`) {
				return notifytest.Act{Status: 413}
			}
			return notifytest.Act{}
		})
		b.routes(notify.Route{Name: "all", Channels: []string{c.ID}})
		stop := b.run()
		for i := range 30 {
			b.change(alert.ChangeOpened, someAlert(i))
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		stop()
		if got := bodies(h); len(got) != 2 || !strings.Contains(got[1], "29 alerts") || !strings.Contains(got[1], "https://nightjar.example.com/alerts") {
			t.Errorf("%d messages: %s", len(got), got)
		}
	})
}

// TestALineHidesNothing makes lines of what breaks, hides and turns them.
func TestALineHidesNothing(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a\r\nb\x00c\u0085d\u2028e":                     "a b c d e",
		"in\u200bvoice\ufeff.\u202efdp\u202c.exe\u2066": "invoice.fdp.exe",
		"Jörg 漢 🔴":                                      "Jörg 漢 🔴",
	} {
		if got := notify.OneLine(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}
