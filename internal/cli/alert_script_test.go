package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// finds keeps a finding of a rule about a user, as detection does:
// finds data/catalog.db RULE USER SEVERITY. $ALERT is the alert that it would open.
// With a fifth word it is of Nightjar itself, about an entity of that kind.
func finds(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 || len(args) > 5 {
		ts.Fatalf("usage: finds CATALOG RULE USER SEVERITY [KIND]")
	}
	ctx := context.Background()
	db, err := catalog.Open(ctx, catalog.Config{Path: ts.MkAbs(args[0])})
	ts.Check(err)
	defer db.Close()
	keeper, err := alert.New(alert.Config{Catalog: db})
	ts.Check(err)
	now := time.Now().Add(-time.Minute).UTC()
	f := nightjar.Finding{
		ID: nightjar.FindingID(args[1], args[2], now.String()), Tenant: "11111111-1111-4111-8111-111111111111", Rule: args[1], Title: "Title of " + args[1],
		Severity: nightjar.Severity(args[3]), Reason: args[2] + " did \x1b[2Jit", Tags: []string{"attack.persistence"}, Time: now,
		Entities: []nightjar.Entity{{Kind: nightjar.EntityUser, Value: args[2]}}, Values: map[string]string{"UserId": args[2]},
		Events: []nightjar.EventRef{{ID: fmt.Sprint("event-", args[1]), Table: nightjar.TableExchange, Time: now}},
	}
	if len(args) == 5 {
		f.Tenant, f.Entities = nightjar.Installation, []nightjar.Entity{{Kind: nightjar.EntityKind(args[4]), Value: args[2]}}
	}
	f.Fingerprint = nightjar.Fingerprint(f.Tenant, f.Rule, f.Entities)
	ts.Setenv("ALERT", "A-"+f.ID[:12])
	ts.Check(db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error { return keeper.Record(ctx, tx, []nightjar.Finding{f}) }))
}
