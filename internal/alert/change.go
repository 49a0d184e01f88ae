package alert

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
)

// ChangeKind says what happened to an alert.
type ChangeKind string

// The kinds of changes that others are told of.
const (
	// ChangeOpened is the first that others hear of an alert: it is new, or a
	// silence that kept it quiet is over.
	ChangeOpened       ChangeKind = "opened"
	ChangeRaised       ChangeKind = "raised" // its severity rose
	ChangeUpdated      ChangeKind = "updated"
	ChangeAcknowledged ChangeKind = "acknowledged"
	ChangeAssigned     ChangeKind = "assigned"
	ChangeCommented    ChangeKind = "commented"
	ChangeClosed       ChangeKind = "closed"
	ChangeReopened     ChangeKind = "reopened"
)

// Change is what happened to an alert, in the transaction in which it did.
type Change struct {
	Kind  ChangeKind
	Alert Alert // as it is now
	// Findings are how many were added, of opened, raised and updated.
	Findings int
	// Was is the severity before, of raised.
	Was nightjar.Severity
	// By is who did it; the zero Actor for Nightjar itself.
	By      nightjar.Actor
	Comment string
	Time    time.Time // by the clock
}

// Outbox takes changes in the transaction that makes them. It keeps this
// package from depending on notify, and must do no more than write rows.
type Outbox interface {
	// Changed takes what people are told. Of an alert that is silenced it is
	// only that somebody closed it, and of one whose opening was not told, nothing.
	Changed(ctx context.Context, tx bun.Tx, c Change) error
	// Hushed takes what people are not told, because an alert that they were
	// told of is kept quiet now: what would be told of it later has to know.
	Hushed(ctx context.Context, tx bun.Tx, c Change) error
}

// Auditor takes entries of the audit log in the transaction of the change.
type Auditor interface {
	Append(ctx context.Context, tx bun.Tx, e nightjar.AuditEntry) error
}
