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
// are counted here, of which there are at least as many, after what is read as
// markup was escaped, which makes a text longer.
const (
	maxShown  = 12 // three blocks each at most, and room for the rest
	maxHeader = 140
	maxText   = 2000
	maxField  = 500
	maxWords  = 200
	maxFields = 10
)

type sink struct{ post *notify.Poster }

type text struct {
	Type string `json:"type"`
	Text string `json:"text"`
	// Verbatim keeps addresses in a text from becoming links; of mrkdwn alone
	// (https://docs.slack.dev/reference/block-kit/composition-objects/text-object, read 2026-11-23).
	Verbatim bool `json:"verbatim,omitempty"`
}

func markdown(s string) text { return text{Type: "mrkdwn", Text: s, Verbatim: true} }

type block struct {
	Type     string `json:"type"`
	Text     *text  `json:"text,omitempty"`
	Fields   []text `json:"fields,omitempty"`
	Elements []any  `json:"elements,omitempty"`
}

type body struct {
	Text        string  `json:"text"` // of the notification on a phone
	Blocks      []block `json:"blocks,omitempty"`
	UnfurlLinks bool    `json:"unfurl_links"`
	Parse       string  `json:"parse"` // "none": addresses in the text are no links
}

// Destination is the host; the rest of the address is the secret.
func (s *sink) Destination() string { return s.post.Host() }

// Send posts the message. One that Slack does not take as it is goes in a line:
// better that people are told little than nothing.
func (s *sink) Send(ctx context.Context, m notify.Message) (string, error) {
	said, err := s.postOne(ctx, compose(m))
	if !notify.Refused(err) {
		return said, err
	}
	again, plain := s.postOne(ctx, minimal(m))
	if notify.Refused(plain) {
		return said, err
	}
	return again, plain // when it is not known whether it was taken, it is tried again
}

func (s *sink) postOne(ctx context.Context, what body) (string, error) {
	b, err := json.Marshal(what)
	if err != nil {
		return "", &notify.SendError{Reason: notify.ReasonMessage, Permanent: true, Message: "the message cannot be written", Err: err}
	}
	return s.post.Post(ctx, b, nil)
}

func compose(m notify.Message) body {
	out := body{Text: subject(m), Parse: "none"}
	out.Blocks = append(out.Blocks, block{Type: "header", Text: &text{Type: "plain_text", Text: notify.Cut(mark(m.Severity())+m.Subject(), maxHeader)}})
	if p := m.Preface(); p != "" {
		out.Blocks = append(out.Blocks, section(escape(p)))
	}
	shown, more := m.Shown(maxShown)
	for _, n := range shown {
		title := shorten(notify.OneLine(n.Title), maxField)
		if n.Link != "" {
			title = "<" + n.Link + "|" + strings.ReplaceAll(title, "|", "¦") + ">"
		}
		out.Blocks = append(out.Blocks, section(fmt.Sprintf("*%s*: %s\n%s", shorten(n.Words(), maxWords), title, shorten(notify.OneLine(n.Reason), maxText))))
		fields := block{Type: "section"}
		for _, f := range n.Facts() {
			if len(fields.Fields) < maxFields {
				fields.Fields = append(fields.Fields, markdown(shorten(f.Name, 100)+": "+shorten(f.Value, maxField)))
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

// minimal is the message without what Slack may refuse.
func minimal(m notify.Message) body {
	out := body{Text: subject(m), Parse: "none"}
	switch {
	case len(m.Notices) == 1 && m.Notices[0].Link != "":
		out.Text += "\n<" + m.Notices[0].Link + ">"
	case m.Link != "":
		out.Text += "\n<" + m.Link + ">"
	}
	return out
}

// subject is the message in a line.
func subject(m notify.Message) string { return shorten(mark(m.Severity())+m.Subject(), maxHeader) }

func section(s string) block {
	t := markdown(s)
	return block{Type: "section", Text: &t}
}

// shorten escapes a text, and leaves out as much of its end as makes it longer
// than so many bytes then. What stands for a letter is never cut in two.
func shorten(s string, most int) string {
	whole := escape(s)
	for end := most; len(whole) > most && end > 0; end -= max(1, (len(whole)-most)/maxGrowth) {
		whole = escape(notify.Cut(s, end))
	}
	return whole
}

// maxGrowth is how much longer a letter is at most once it is escaped.
const maxGrowth = 5

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
