package email

import (
	"bytes"
	"fmt"
	"html/template"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar/internal/alert/notify"
)

// maxShown is how many notices a message spells out.
const maxShown = 100

// compose writes the message with its headers.
func (s *sink) compose(m notify.Message) ([]byte, error) {
	var b bytes.Buffer
	parts := multipart.NewWriter(&b)
	// The boundary too is of the key: the same message is the same bytes.
	if err := parts.SetBoundary("nightjar-" + m.Key); err != nil {
		return nil, err
	}
	domain := s.from.Address[strings.LastIndexByte(s.from.Address, '@')+1:]
	header := func(name, value string) { fmt.Fprintf(&b, "%s: %s\r\n", name, value) }
	header("From", s.from.String())
	header("To", addresses(s.to))
	header("Subject", mime.QEncoding.Encode("utf-8", notify.Cut(m.Subject(), 200)))
	header("Date", m.Created.UTC().Format(time.RFC1123Z))
	header("Message-ID", "<"+m.Key+"@"+domain+">")
	if thread := m.Thread(); thread != "" {
		// The first message of an alert is its thread's root, whatever it was.
		root := "<" + thread + "." + m.Channel + "@" + domain + ">"
		header("References", root)
		header("In-Reply-To", root)
	}
	header("Auto-Submitted", "auto-generated") // RFC 3834: no answers by machines
	header("X-Nightjar-Severity", string(m.Severity()))
	header("X-Nightjar-Key", m.Key)
	if m.Severity().Rank() >= 3 {
		header("Importance", "high")
	}
	header("MIME-Version", "1.0")
	header("Content-Type", "multipart/alternative; boundary="+parts.Boundary())
	b.WriteString("\r\n")
	html, err := page(m)
	if err != nil {
		return nil, err
	}
	for _, part := range []struct{ kind, text string }{{"text/plain", plain(m)}, {"text/html", html}} {
		w, err := parts.CreatePart(textproto.MIMEHeader{"Content-Type": {part.kind + "; charset=utf-8"}, "Content-Transfer-Encoding": {"quoted-printable"}})
		if err != nil {
			return nil, err
		}
		q := quotedprintable.NewWriter(w)
		if _, err := q.Write([]byte(part.text)); err != nil {
			return nil, err
		}
		if err := q.Close(); err != nil {
			return nil, err
		}
	}
	if err := parts.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func addresses(list []*mail.Address) string {
	out := make([]string, len(list))
	for i, a := range list {
		out[i] = a.String()
	}
	return strings.Join(out, ",\r\n\t")
}

// plain is the message as text.
func plain(m notify.Message) string {
	var b strings.Builder
	if p := m.Preface(); p != "" {
		b.WriteString(p + "\n\n")
	}
	shown, more := m.Shown(maxShown)
	for _, n := range shown {
		fmt.Fprintf(&b, "%s: %s\n%s\n\n", n.Words(), notify.OneLine(n.Title), notify.OneLine(n.Reason))
		for _, f := range n.Facts() {
			fmt.Fprintf(&b, "  %s: %s\n", f.Name, f.Value)
		}
		if n.Link != "" {
			fmt.Fprintf(&b, "  %s\n", n.Link)
		}
		b.WriteString("\n")
	}
	if more > 0 {
		fmt.Fprintf(&b, "%s. %s\n\n", notify.More(more), m.Link)
	}
	b.WriteString("-- \nNightjar\n")
	return b.String()
}

// page is the message as HTML. What comes from events is escaped by the
// template; no picture and no style is fetched from anywhere.
func page(m notify.Message) (string, error) {
	shown, more := m.Shown(maxShown)
	var b strings.Builder
	err := layout.Execute(&b, struct {
		Preface, Link, More string
		Notices             []notify.Notice
	}{m.Preface(), m.Link, map[bool]string{true: notify.More(more)}[more > 0], shown})
	return b.String(), err
}

var layout = template.Must(template.New("mail").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"></head><body style="font-family:sans-serif;font-size:14px;color:#1a1a1a;background:#ffffff">
{{- with .Preface}}<p>{{.}}</p>{{end}}
{{- range .Notices}}
<h2 style="font-size:16px;margin:16px 0 4px">{{.Words}}: {{.Title}}</h2>
<p style="margin:0 0 8px">{{.Reason}}</p>
<table style="border-collapse:collapse">{{range .Facts}}<tr><th style="text-align:left;padding:2px 12px 2px 0;font-weight:600">{{.Name}}</th><td style="padding:2px 0">{{.Value}}</td></tr>{{end}}</table>
{{- with .Link}}<p><a href="{{.}}">Open the alert</a></p>{{end}}
{{- end}}
{{- with .More}}<p>{{.}}{{with $.Link}}: <a href="{{.}}">all alerts</a>{{end}}</p>{{end}}
<p style="color:#595959">Nightjar</p>
</body></html>
`))
