package notify_test

import (
	"encoding/json"
	"fmt"
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
