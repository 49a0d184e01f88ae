package alert

const (
	sqlInhibitedBy = alertRead + ` WHERE a.inhibitor = ? AND a.status <> 'closed' ORDER BY a.number`
	sqlSilencedBy  = alertRead + ` WHERE a.silence = ? AND a.status <> 'closed' ORDER BY a.number`
	// sqlOpenAlerts are those that a new silence may be for; the newest, when
	// there are more than a person will ever look at.
	sqlOpenAlerts = alertRead + ` WHERE a.status IN ('new', 'acknowledged') ORDER BY a.number DESC LIMIT 10000`
)

// release looks again at open alerts: those that nothing keeps quiet any more
// are told of, as if they were opened now, unless they were told of before.
func (r *recorder) release(statement string, args ...any) error {
	found, err := readAlerts(r.ctx, r.tx, statement, args...)
	if err != nil {
		return err
	}
	for _, a := range found {
		silence, inhibitor := a.Silence, a.Inhibitor
		if err := r.suppress(a); err != nil {
			return err
		}
		if a.Silence == silence && a.Inhibitor == inhibitor {
			continue
		}
		c := Change{Kind: ChangeUpdated, Time: r.now}
		if !a.Notified {
			c.Kind = ChangeOpened
		}
		if err := r.tell(a, c); err != nil {
			return err
		}
	}
	return nil
}
