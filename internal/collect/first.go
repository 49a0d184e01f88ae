package collect

import (
	"context"
	"fmt"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// FirstSteps is how far collection of a tenant has come since it was connected.
type FirstSteps struct {
	Subscribed int       // feeds whose subscription was seen running
	Blobs      int64     // content that was ever listed
	Events     int64     // stored from it, duplicates among them
	FirstEvent time.Time // when the first content with events was fetched
}

// FirstStepsOf reads the first steps of a tenant from the ledger.
func FirstStepsOf(ctx context.Context, db *catalog.DB, tenant nightjar.TenantID) (FirstSteps, error) {
	var row struct {
		Subscribed int   `bun:"subscribed"`
		Blobs      int64 `bun:"blobs"`
		Events     int64 `bun:"events"`
		First      int64 `bun:"first"`
	}
	if err := db.NewRaw(sqlFirstSteps, tenant, tenant, nightjar.BlobStored, tenant).Scan(ctx, &row); err != nil {
		return FirstSteps{}, fmt.Errorf("read the progress of tenant %s: %w", tenant, catalog.Translate(err))
	}
	return FirstSteps{Subscribed: row.Subscribed, Blobs: row.Blobs, Events: row.Events, FirstEvent: catalog.Time(row.First)}, nil
}
