package slack

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
)

// The limits of Slack: 50 blocks a message, 150 characters in a header, 3000
// in a text, 2000 in a field, 10 fields in a section
// (https://docs.slack.dev/reference/block-kit/blocks, read 2026-11-22). Bytes
// are counted here, of which there are at least as many.
const (
	maxShown  = 12 // three blocks each at most, and room for the rest
	maxHeader = 140
	maxText   = 2000
	maxField  = 500
	maxFields = 10
)

type sink struct{ post *notify.Poster }

type text struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

type block struct {
	Type     string `json:"type"`
	Text     *text  `json:"text,omitempty"`
	Fields   []text `json:"fields,omitempty"`
	Elements []any  `json:"elements,omitempty"`
}

type body struct {
	Text        string  `json:"text"` // of the notification on a phone
	Blocks      []block `json:"blocks"`
	UnfurlLinks bool    `json:"unfurl_links"`
}

// Destination is the host; the rest of the address is the secret.
func (s *sink) Destination() string { return s.post.Host() }

// Send posts the message.
func (s *sink) Send(ctx context.Context, m notify.Message) (string, error) {
	b, err := json.Marshal(compose(m))
	if err != nil {
		return "", &notify.SendError{Reason: notify.ReasonMessage, Permanent: true, Message: "the message cannot be written", Err: err}
	}
	return s.post.Post(ctx, b, nil)
}

func compose(m notify.Message) body {
	out := body{Text: escape(notify.Cut(mark(m.Severity())+m.Subject(), maxHeader))}
	out.Blocks = append(out.Blocks, block{Type: "header", Text: &text{"plain_text", notify.Cut(mark(m.Severity())+m.Subject(), maxHeader)}})
	if p := m.Preface(); p != "" {
		out.Blocks = append(out.Blocks, section(escape(p)))
	}
	shown, more := m.Shown(maxShown)
	for _, n := range shown {
		title := escape(notify.Cut(notify.OneLine(n.Title), maxField))
		if n.Link != "" {
			title = "<" + n.Link + "|" + strings.ReplaceAll(title, "|", "¦") + ">"
		}
		out.Blocks = append(out.Blocks, section(fmt.Sprintf("*%s*: %s\n%s", escape(n.Words()), title, escape(notify.Cut(notify.OneLine(n.Reason), maxText)))))
		fields := block{Type: "section"}
		for _, f := range n.Facts() {
			if len(fields.Fields) < maxFields {
				fields.Fields = append(fields.Fields, text{"mrkdwn", escape(notify.Cut(f.Name, 100)) + ": " + escape(notify.Cut(f.Value, maxField))})
			}
		}
		out.Blocks = append(out.Blocks, fields)
	}
	if more > 0 {
		left := notify.More(more)
		if m.Link != "" {
			left += ": <" + m.Link + "|all alerts>"
		}
		out.Blocks = append(out.Blocks, section(left))
	}
	return out
}

func section(s string) block { return block{Type: "section", Text: &text{"mrkdwn", s}} }

// escape keeps what comes from events from being read as markup: as a link, or
// as a mention of everybody
// (https://docs.slack.dev/messaging/formatting-message-text#escaping, read 2026-11-22).
// The signs of bold and of code only change how it looks, and are made plain too.
func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "*", "∗", "_", "\u200b_", "~", "∼", "`", "ˋ").Replace(s)
}

func mark(s nightjar.Severity) string {
	switch s {
	case nightjar.SeverityCritical:
		return "🔴 "
	case nightjar.SeverityHigh:
		return "🟠 "
	case nightjar.SeverityMedium:
		return "🟡 "
	case nightjar.SeverityLow, nightjar.SeverityInformational:
	}
	return ""
}
