package teams

import (
	"context"
	"encoding/json"
	"maps"
	"strings"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
)

// maxBytes is below the 28 KB that Teams takes
// (https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using,
// read 2026-11-22). Some report that each character counts twice, so that
// what is ours stays below half of it.
const maxBytes = 13 << 10

const (
	maxShown = 10
	maxText  = 1000
	maxFact  = 300
)

type sink struct{ post *notify.Poster }

// element is a part of a card.
type element map[string]any

// Destination is the host; the rest of the address is the secret.
func (s *sink) Destination() string { return s.post.Host() }

// Send posts the card. A workflow answers 202 once it has taken the request. A
// card that is not taken as it is goes without what it tells of single alerts.
func (s *sink) Send(ctx context.Context, m notify.Message) (string, error) {
	b, err := compose(m)
	if err != nil {
		return "", &notify.SendError{Reason: notify.ReasonMessage, Permanent: true, Message: "the card cannot be written", Err: err}
	}
	said, err := s.post.Post(ctx, b, nil)
	if !notify.Refused(err) {
		return said, err
	}
	// Better that people are told little than nothing.
	if b, err = json.Marshal(card(m, 0, 0)); err != nil {
		return "", &notify.SendError{Reason: notify.ReasonMessage, Permanent: true, Message: "the card cannot be written", Err: err}
	}
	return s.post.Post(ctx, b, nil)
}

// compose writes the card with as many notices as fit.
func compose(m notify.Message) ([]byte, error) {
	for most := maxShown; ; most-- {
		b, err := json.Marshal(card(m, most, maxText))
		if err != nil || len(b) <= maxBytes {
			return b, err
		}
		if most <= 1 {
			return json.Marshal(card(m, 1, 200))
		}
	}
}

func card(m notify.Message, most, longest int) any {
	body := []element{block(notify.Cut(m.Subject(), 300), element{"size": "Medium", "weight": "Bolder", "color": color(m.Severity())})}
	if p := m.Preface(); p != "" {
		body = append(body, block(p, element{"isSubtle": true}))
	}
	shown, more := m.Shown(most)
	for i, n := range shown {
		body = append(body, block(n.Words()+": "+notify.Cut(notify.OneLine(n.Title), longest), element{"weight": "Bolder", "separator": i > 0}),
			block(notify.Cut(notify.OneLine(n.Reason), longest), nil))
		var facts []element
		for _, f := range n.Facts() {
			if len(facts) < 12 {
				facts = append(facts, element{"title": notify.Cut(f.Name, 40), "value": escape(notify.Cut(f.Value, min(maxFact, longest)))})
			}
		}
		body = append(body, element{"type": "FactSet", "facts": facts})
		if n.Link != "" && len(shown) > 1 {
			body = append(body, element{"type": "ActionSet", "actions": []element{open("Open "+n.Alert, n.Link)}})
		}
	}
	if more > 0 {
		body = append(body, block(notify.More(more), element{"isSubtle": true, "separator": true}))
	}
	content := element{"$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4", "body": body, "msteams": element{"width": "Full"}}
	switch {
	case len(shown) == 1 && shown[0].Link != "" && more == 0:
		content["actions"] = []element{open("Open the alert", shown[0].Link)}
	case m.Link != "":
		content["actions"] = []element{open("All alerts", m.Link)}
	}
	return element{"type": "message", "attachments": []element{{"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": nil, "content": content}}}
}

func block(text string, more element) element {
	e := element{"type": "TextBlock", "text": escape(text), "wrap": true}
	maps.Copy(e, more)
	return e
}

func open(title, url string) element {
	return element{"type": "Action.OpenUrl", "title": title, "url": url}
}

// escape keeps what comes from events from being read as markup: a text block
// knows links, bold and lists
// (https://learn.microsoft.com/adaptive-cards/authoring-cards/text-features, read 2026-11-22).
func escape(s string) string {
	s = strings.NewReplacer(`\`, `\\`, "[", `\[`, "]", `\]`, "*", `\*`, "_", `\_`, "`", "ˋ", "<", "‹", ">", "›").Replace(s)
	if strings.HasPrefix(s, "- ") || strings.HasPrefix(s, "#") {
		s = `\` + s
	}
	return s
}

func color(s nightjar.Severity) string {
	switch s {
	case nightjar.SeverityCritical, nightjar.SeverityHigh:
		return "Attention"
	case nightjar.SeverityMedium:
		return "Warning"
	case nightjar.SeverityLow, nightjar.SeverityInformational:
	}
	return "Default"
}
