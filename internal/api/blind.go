package api

import (
	"slices"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// proven asks for a fresh proof of who is about to make detection blind: a
// session that was left open or stolen must not be enough for that.
func (c *call) proven() error {
	if c.server.fresh(c.who) {
		return nil
	}
	return needsProof()
}

func needsProof() error {
	return problem(codeStepUp, "this needs a fresh proof of who you are", "enter a code of your authenticator app or use a passkey, then it goes on")
}

// everywhere reports whether what names these tenants is for all there are.
func (c *call) everywhere(named []nightjar.TenantID) bool {
	for _, k := range c.known {
		if len(named) > 0 && k.Removed.IsZero() && !slices.Contains(named, k.ID) {
			return false
		}
	}
	return true
}

// blindMode reports whether a mode keeps rules from alerting where it hurts:
// in all tenants, or those of a whole pack.
func (c *call) blindMode(of ruleset.Change, mode string, named []nightjar.TenantID) bool {
	return mode != "" && mode != string(ruleset.On) && (of.Pack != "" || c.everywhere(named))
}

// blindSilence reports whether a silence is for all tenants, for alerts of
// Nightjar itself, or for whatever a pack finds.
func (c *call) blindSilence(s alert.Silence) bool {
	pack, narrow := false, false
	for _, m := range s.Matchers {
		pack = pack || m.Field == alert.MatchPack
		narrow = narrow || m.Field == alert.MatchRule || m.Field == alert.MatchEntity || m.Field == alert.MatchText
	}
	return pack && !narrow || c.everywhere(s.Tenants) || slices.Contains(s.Tenants, nightjar.Installation)
}
