package syslog

import (
	"strings"
	"testing"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert/notify"
)

// TestAnAddressStandsWhereReceiversReadIt has the field src for IPv4 alone, as
// receivers of CEF parse it, and another for IPv6.
func TestAnAddressStandsWhereReceiversReadIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		addresses  []string
		want, none string
	}{
		{[]string{"198.51.100.7"}, " src=198.51.100.7", "c6a2"},
		{[]string{"2001:db8::7"}, " c6a2Label=Source IPv6 Address c6a2=2001:db8::7", "src="},
		{[]string{"2001:db8::7", "198.51.100.7"}, " src=198.51.100.7 c6a2Label=Source IPv6 Address c6a2=2001:db8::7", "\n"},
		{[]string{"nowhere"}, "act=opened", "src="},
	} {
		n := notify.Notice{State: notify.StateOpened, Severity: nightjar.SeverityHigh, Rule: "r", Title: "t"}
		for _, a := range c.addresses {
			n.Entities = append(n.Entities, nightjar.Entity{Kind: nightjar.EntityAddress, Value: a})
		}
		if got := cef("1", n); !strings.Contains(got, c.want) || strings.Contains(got, c.none) {
			t.Errorf("%v: %q", c.addresses, got)
		}
	}
}

// TestWhatMayHaveComeBeforeSaysSo in each form, where machines read it.
func TestWhatMayHaveComeBeforeSaysSo(t *testing.T) {
	t.Parallel()
	for _, form := range []string{formText, formCEF, formJSON} {
		for _, repeated := range []bool{false, true} {
			s := &sink{config: config{form: form}, e: notify.Environment{Host: "host"}}
			got, err := s.compose(notify.Message{Key: "k", Repeated: repeated, Notices: []notify.Notice{{State: notify.StateOpened, Rule: "r"}}})
			if err != nil || strings.Contains(got, ` rule="r" repeated="true"]`) != repeated {
				t.Errorf("%s, repeated %t: %q, %v", form, repeated, got, err)
			}
		}
	}
}
