package notify

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/nightjar-sec/nightjar/internal/secret"
)

const redacted = "[redacted]"

// Said makes of what the other side said a line that may be kept and shown,
// without the secrets that it may repeat.
func Said(s string, secrets ...secret.Value) string {
	var hide []string
	for _, v := range secrets {
		hide = append(hide, forms(v.Reveal())...)
	}
	return said(s, hide)
}

func said(s string, hide []string) string {
	// What hides lines may also stand in the middle of a secret, and the cut
	// comes last, so that no half of one stays.
	return Cut(without(OneLine(without(strings.ToValidUTF8(s, ""), hide)), hide), maxSaid)
}

// without takes texts out of another, the longest first: one may be part of another.
func without(s string, hide []string) string {
	hide = slices.Clone(hide)
	slices.SortFunc(hide, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), strings.Compare(a, b)) })
	for _, h := range slices.Compact(hide) {
		if h != "" {
			s = strings.ReplaceAll(s, h, redacted)
		}
	}
	return s
}

// minSecret is the length of what is a secret: to hide a letter or two would
// only make answers unreadable.
const minSecret = 4

// forms are the ways in which an answer may repeat a secret.
func forms(s string) []string {
	var out []string
	for _, one := range slices.Compact([]string{s, strings.TrimSpace(s)}) {
		if len(one) < minSecret {
			continue
		}
		out = append(out, one, OneLine(one), url.QueryEscape(one), url.PathEscape(one), hex.EncodeToString([]byte(one)),
			base64.StdEncoding.EncodeToString([]byte(one)), base64.RawURLEncoding.EncodeToString([]byte(one)))
		if quoted, err := json.Marshal(one); err == nil {
			out = append(out, string(quoted[1:len(quoted)-1]))
		}
	}
	return out
}

// guarded is a sink whose answers hold none of the channel's secrets, whatever
// the other side repeats and whichever sink forgets to hide it.
type guarded struct {
	Sink
	hide []string
}

func guard(s Sink, secrets map[string]secret.Value) *guarded {
	g := &guarded{Sink: s}
	for _, v := range secrets {
		g.hide = append(g.hide, forms(v.Reveal())...)
	}
	return g
}

// Send sends by the sink.
func (g *guarded) Send(ctx context.Context, m Message) (string, error) {
	answer, err := g.Sink.Send(ctx, m)
	if err != nil {
		e := *sendError(err)
		e.Message, e.Hint, e.Said = without(e.Message, g.hide), without(e.Hint, g.hide), said(e.Said, g.hide)
		return said(answer, g.hide), &e
	}
	return said(answer, g.hide), nil
}
