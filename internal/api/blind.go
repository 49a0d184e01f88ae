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
	if of.Pack == "" && !c.everywhere(named) {
		return false
	}
	if mode != "" {
		return mode != string(ruleset.On)
	}
	return c.server.cfg.Rules != nil && slices.ContainsFunc(c.server.cfg.Rules.Current().Changes().Changes, func(o ruleset.Change) bool {
		return o.Rule == of.Rule && o.Pack == of.Pack && (len(named) == 0 && o.Tenant == "" || slices.Contains(named, o.Tenant)) && holdsOn(o)
	})
}

// holdsOn reports whether a change keeps on what is said to be off of more: to
// take it back makes blind.
func holdsOn(c ruleset.Change) bool {
	return c.What == ruleset.ChangeMode && c.Value == string(ruleset.On)
}

// provenTuning asks for a fresh proof of who gives a rule another severity or
// other parameters in all tenants: it may find nothing with them, or what it
// finds reach nobody. So does who takes them back.
func (c *call) provenTuning(named []nightjar.TenantID) error {
	if !c.everywhere(named) {
		return nil
	}
	if _, err := c.changed(named); err != nil {
		return err
	}
	return c.proven()
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
