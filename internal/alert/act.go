package alert

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
)

// Action is what people do with alerts.
type Action string

// The actions.
const (
	ActionAcknowledge Action = "acknowledge"
	ActionAssign      Action = "assign"
	ActionComment     Action = "comment"
	ActionClose       Action = "close"
	ActionReopen      Action = "reopen"
	ActionSeverity    Action = "severity"
)

// Actions returns all actions.
func Actions() []Action {
	return []Action{ActionAcknowledge, ActionAssign, ActionComment, ActionClose, ActionReopen, ActionSeverity}
}

const (
	maxComment = 10_000 // characters
	maxIDs     = 500
)

// Who is who asks for a change, and of which tenants' alerts; nil means all.
type Who struct {
	Actor   nightjar.Actor
	Address netip.Addr
	Tenants []nightjar.TenantID
}

// Request is what somebody wants to be done with alerts.
type Request struct {
	Action Action
	IDs    []string
	// Versions are those that the caller saw, by id. One that is not the alert's
	// any more is a conflict; an alert that is not among them is changed as it is.
	Versions map[string]int64
	Comment  string // needed to comment, kept with every action
	// Assignee is the id of a person, and AssigneeName how people know them; ""
	// for nobody.
	Assignee, AssigneeName string
	Disposition            Disposition       // of close
	Severity               nightjar.Severity // of severity; "" gives it back to the rule
}

// Change does with all alerts what is asked, or with none, and returns them as
// they are then.
func (k *Keeper) Change(ctx context.Context, who Who, q Request) ([]Alert, error) {
	if err := q.validate(); err != nil {
		return nil, err
	}
	ids := slices.Clone(q.IDs)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	var out []Alert
	err := k.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		r, err := k.begin(ctx, tx)
		if err != nil {
			return err
		}
		out = out[:0]
		for _, id := range ids {
			a, err := k.seen(ctx, tx, who.Tenants, id)
			if err != nil {
				return err
			}
			if seen, given := q.Versions[id]; given && seen != a.Version {
				return stale(a.Alert)
			}
			former := a.Disposition
			if err := r.change(a, who, q); err != nil {
				return err
			}
			out = append(out, a.Alert)
			if q.Action == ActionClose {
				out[len(out)-1].Former = former
			}
		}
		return r.finish()
	})
	return out, err
}

func (q Request) validate() error {
	switch {
	case !slices.Contains(Actions(), q.Action):
		return invalid("the actions are acknowledge, assign, comment, close, reopen and severity", "there is no action %.40q", string(q.Action))
	case len(q.IDs) == 0 || len(q.IDs) > maxIDs:
		return invalid("name fewer at a time", "between 1 and %d alerts are changed at once, not %d", maxIDs, len(q.IDs))
	case utf8.RuneCountInString(q.Comment) > maxComment || !utf8.ValidString(q.Comment):
		return invalid("shorten it", "a comment has at most %d characters", maxComment)
	case q.Action == ActionComment && strings.TrimSpace(q.Comment) == "":
		return invalid("write what is to be remembered", "the comment is empty")
	case q.Action == ActionClose && !slices.Contains(Dispositions(), q.Disposition):
		return invalid("true: an attack; benign: it was allowed; false: nothing of what the rule says", "an alert is closed with a disposition: true, benign or false")
	case q.Action == ActionSeverity && q.Severity != "" && q.Severity.Rank() < nightjar.SeverityLow.Rank():
		return invalid("low, medium, high or critical; none gives it back to the rule", "%.40q is no severity of an alert", string(q.Severity))
	case len(q.Assignee) > 100 || len(q.AssigneeName) > 400:
		return invalid("name one of the people of Nightjar", "the assignee is not a person")
	}
	return nil
}

func invalid(hint, format string, args ...any) error {
	return &nightjar.Error{Code: nightjar.CodeInvalid, Message: fmt.Sprintf(format, args...), Hint: hint}
}

func stale(a Alert) error {
	return &nightjar.Error{
		Code: nightjar.CodeConflict, Message: fmt.Sprintf("somebody changed the alert %s meanwhile", a.ID),
		Hint: "look at it again, then decide",
	}
}

// change does one thing with one alert. What is so already is not done again,
// but what was said with it is kept.
func (r *recorder) change(a *kept, who Who, q Request) error {
	l := historyLine{by: who.Actor, remark: q.Comment}
	c := Change{By: who.Actor, Comment: q.Comment, Time: r.now, Was: a.Severity}
	var action nightjar.AuditAction
	wasClosed := a.Status == StatusClosed
	switch q.Action {
	case ActionAcknowledge:
		if wasClosed {
			return closed(a.Alert)
		}
		l.action, l.was, c.Kind, action = HistoryAcknowledged, string(a.Status), ChangeAcknowledged, nightjar.ActionAlertAcknowledge
		a.Status = StatusAcknowledged
		if a.Acknowledged.IsZero() {
			a.Acknowledged = r.now
		}
		l.became = string(a.Status)
	case ActionAssign:
		l.action, l.was, l.became, c.Kind, action = HistoryAssigned, a.AssigneeName, q.AssigneeName, ChangeAssigned, nightjar.ActionAlertAssign
		if a.Assignee == q.Assignee {
			l.was = l.became // the name may have changed
		}
		a.Assignee, a.AssigneeName = q.Assignee, q.AssigneeName
	case ActionComment:
		l.action, c.Kind, action = HistoryCommented, ChangeCommented, nightjar.ActionAlertComment
	case ActionClose:
		l.action, l.was, l.became, c.Kind, action = HistoryClosed, string(a.Status), string(q.Disposition), ChangeClosed, nightjar.ActionAlertClose
		if wasClosed {
			l.was = string(a.Disposition)
		} else {
			a.Closed = r.now
		}
		a.Status, a.Disposition = StatusClosed, q.Disposition
	case ActionReopen:
		l.action, l.was, l.became, c.Kind, action = HistoryReopened, string(a.Disposition), string(StatusNew), ChangeReopened, nightjar.ActionAlertReopen
		if !wasClosed {
			l.was = l.became
		} else {
			a.Status, a.Disposition, a.Closed = StatusNew, "", time.Time{}
		}
	case ActionSeverity:
		l.action, l.was, c.Kind, action = HistorySeverity, string(a.Severity), ChangeUpdated, nightjar.ActionAlertSeverity
		a.Severity, a.SeverityBy = q.Severity, who.Actor.Name
		if q.Severity == "" {
			a.Severity, a.SeverityBy = a.RuleSeverity, ""
		}
		l.became = string(a.Severity)
		if a.Severity.Rank() > c.Was.Rank() && !wasClosed {
			c.Kind = ChangeRaised
		}
	}
	if l.was == l.became && q.Action != ActionComment {
		if strings.TrimSpace(q.Comment) == "" {
			return nil
		}
		l.action, l.was, l.became, c.Kind, action = HistoryCommented, "", "", ChangeCommented, nightjar.ActionAlertComment
	}
	a.Version++
	if err := r.remember(a, l); err != nil {
		return err
	}
	if err := r.onRecord(a, who, action, l); err != nil {
		return err
	}
	if q.Action == ActionSeverity || q.Action == ActionReopen {
		// A silence may be for one severity alone, and over when an alert is
		// opened again.
		if err := r.suppress(a); err != nil {
			return err
		}
		if !a.Suppressed() && !a.Notified && a.Status != StatusClosed {
			c.Kind = ChangeOpened
		}
	}
	if err := r.tell(a, c); err != nil {
		return err
	}
	if q.Action == ActionClose && !wasClosed {
		return r.release(sqlInhibitedBy, a.ID)
	}
	return nil
}

func closed(a Alert) error {
	return &nightjar.Error{Code: nightjar.CodeConflict, Message: fmt.Sprintf("the alert %s is closed", a.ID), Hint: "reopen it first"}
}

// onRecord puts what a person did on the audit log, in the same transaction.
func (r *recorder) onRecord(a *kept, who Who, action nightjar.AuditAction, l historyLine) error {
	if r.k.audit == nil {
		return nil
	}
	detail := map[string]string{"title": a.Title, "rule": a.Rule}
	for name, value := range map[string]string{"was": l.was, "became": l.became} {
		if value != "" {
			detail[name] = value
		}
	}
	err := r.k.audit.Append(r.ctx, r.tx, nightjar.AuditEntry{Time: r.now, Actor: who.Actor, Address: who.Address, Action: action, Tenant: a.Tenant, Target: a.ID, Detail: detail})
	if err != nil {
		return fmt.Errorf("record the change of the alert %s: %w", a.ID, err)
	}
	return nil
}
