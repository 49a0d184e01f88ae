package sim

import "time"

// grant is what a tenant has granted to the operator's application.
type grant struct {
	at    time.Time // by the sign-in's clock
	roles []string
}

// consent grants the operator's application its permissions.
func (t *tenant) consent(now time.Time, roles []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.granted = &grant{now, roles}
}

// granted says what the sign-in service knows of the consent at a time. It
// takes a while: at first the application is not known in the tenant, then its
// tokens hold no permissions.
func (t *tenant) consented(now time.Time, delay time.Duration) (known bool, roles []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.granted == nil || now.Sub(t.granted.at) < delay/2 {
		return false, nil
	}
	if now.Sub(t.granted.at) < delay {
		return true, nil
	}
	return true, t.granted.roles
}

// approve remembers that a person let the application sign them in, and
// approved whether they did.
func (t *tenant) approve(who string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.approvals[who] = true
}

func (t *tenant) approved(who string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.granted != nil || t.approvals[who]
}

// auditOff says whether auditing is still off, counted from the first request.
func (t *tenant) auditOff(now time.Time, span time.Duration) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.asked.IsZero() {
		t.asked = now
	}
	return now.Sub(t.asked) < span
}
