package notify

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// Channel is a place where people are told.
type Channel struct {
	ID      string // "c-…"
	Name    string
	Kind    string
	Enabled bool
	// Settings are what is not secret, by the names of the kind's fields.
	Settings map[string]string
	// Secrets are the names of those that are sealed.
	Secrets     []string
	Destination string // without what is secret
	PerMinute   int    // most messages a minute
	OnDoubt     OnDoubt

	FailingSince time.Time // zero when it is not
	Problem      string    // of the last attempt
	LastSent     time.Time
	Created      time.Time
	Updated      time.Time
	Version      int64

	// How much there is of what did not arrive; List and Get alone fill them in.
	Waiting, Dead, Doubtful int64
}

// ChannelState says in a word how sending goes.
type ChannelState string

// The states of channels.
const (
	ChannelUnused   ChannelState = "unused"
	ChannelOK       ChannelState = "ok"
	ChannelFailing  ChannelState = "failing"
	ChannelDisabled ChannelState = "disabled"
)

// State says how sending to the channel goes.
func (c Channel) State() ChannelState {
	switch {
	case !c.Enabled:
		return ChannelDisabled
	case !c.FailingSince.IsZero():
		return ChannelFailing
	case c.LastSent.IsZero():
		return ChannelUnused
	default:
		return ChannelOK
	}
}

// ChannelChange is what is to be different; nil and what is not named stays.
type ChannelChange struct {
	Name      *string
	Enabled   *bool
	Settings  map[string]string       // an empty value goes back to the default
	Secrets   map[string]secret.Value // a zero value forgets
	PerMinute *int
	OnDoubt   *OnDoubt
}

const (
	defaultPerMinute = 30
	maxPerMinute     = 6000
	maxName          = 80
	maxSetting       = 2000
	maxSecret        = 4000
	maxChannels      = 200
)

// check says what is wrong with what people gave. What only the kind knows,
// its New says.
func (c Channel) check(k Kind) error {
	switch {
	case !nameOK(c.Name):
		return invalid(fmt.Sprintf("a channel needs a name of at most %d characters, on one line", maxName), "e.g. On call")
	case c.PerMinute < 1 || c.PerMinute > maxPerMinute:
		return invalid(fmt.Sprintf("a channel takes between 1 and %d messages a minute", maxPerMinute), fmt.Sprintf("leave it out for %d", defaultPerMinute))
	case c.OnDoubt != DoubtSend && c.OnDoubt != DoubtHold:
		return invalid(fmt.Sprintf("%.20q is not what can become of a message in doubt", string(c.OnDoubt)), "send it again, or hold it")
	}
	for _, name := range slices.Sorted(maps.Keys(c.Settings)) {
		f, ok := k.field(name)
		switch value := c.Settings[name]; {
		case !ok:
			return invalid(fmt.Sprintf("a channel of the kind %s has no setting %.40q", k.Name, name), "it has "+k.names())
		case f.Secret:
			return invalid(fmt.Sprintf("%s is a secret", name), fmt.Sprintf("give it among the secrets: --secret-file %s=FILE", name))
		case len(value) > maxSetting || !utf8.ValidString(value) || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }):
			return invalid(fmt.Sprintf("%s is no line of text, or a long one", name), fmt.Sprintf("at most %d bytes", maxSetting))
		case len(f.Options) > 0 && !slices.Contains(f.Options, value):
			return invalid(fmt.Sprintf("%s is %.40q", name, value), "it is one of "+strings.Join(f.Options, ", "))
		}
	}
	for _, f := range k.Fields {
		if f.Required && !f.Secret && c.Settings[f.Name] == "" || f.Required && f.Secret && !slices.Contains(c.Secrets, f.Name) {
			return invalid(fmt.Sprintf("a channel of the kind %s needs %s", k.Name, f.Name), f.Help)
		}
	}
	return nil
}

func nameOK(s string) bool {
	return s != "" && utf8.ValidString(s) && strings.TrimSpace(s) == s && utf8.RuneCountInString(s) <= maxName && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

func (k Kind) field(name string) (Field, bool) {
	i := slices.IndexFunc(k.Fields, func(f Field) bool { return f.Name == name })
	if i < 0 {
		return Field{}, false
	}
	return k.Fields[i], true
}

func (k Kind) names() string {
	var out []string
	for _, f := range k.Fields {
		if !f.Secret {
			out = append(out, f.Name)
		}
	}
	if len(out) == 0 {
		return "none"
	}
	return strings.Join(out, ", ")
}

// filled are the settings with the defaults of what is left out.
func (k Kind) filled(given map[string]string) map[string]string {
	out := map[string]string{}
	for _, f := range k.Fields {
		if f.Default != "" && !f.Secret {
			out[f.Name] = f.Default
		}
	}
	maps.Copy(out, given)
	return out
}

// secretName is under which name a secret of a channel is sealed.
func secretName(channel, field string) string { return "notify/" + channel + "/" + field }

func noChannel(id string) error {
	return notFound(fmt.Sprintf("there is no channel %.80q", id), "nightjar channel list")
}

func notFound(message, hint string) error {
	return &nightjar.Error{Code: nightjar.CodeNotFound, Message: message, Hint: hint}
}

// Detail says for the audit log what is changed, and of secrets only that.
func (c ChannelChange) Detail() map[string]string {
	out := map[string]string{}
	if c.Name != nil {
		out["name"] = *c.Name
	}
	if c.Enabled != nil {
		out["enabled"] = strconv.FormatBool(*c.Enabled)
	}
	if c.PerMinute != nil {
		out["per_minute"] = strconv.Itoa(*c.PerMinute)
	}
	if c.OnDoubt != nil {
		out["on_doubt"] = string(*c.OnDoubt)
	}
	for name, value := range c.Settings {
		out["setting "+name] = value
	}
	for name, value := range c.Secrets {
		out["secret "+name] = map[bool]string{true: "forgotten", false: "replaced"}[value.IsZero()]
	}
	return out
}
