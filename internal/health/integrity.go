package health

import (
	"context"
	"strings"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/clock"
)

const (
	// integrityDelay keeps the check, which reads the whole catalog, out of the start.
	integrityDelay    = time.Minute
	integrityInterval = 24 * time.Hour
)

// Integrity looks once a day whether the catalog's file is whole. The
// segments' files have checksums of their own.
type Integrity struct {
	db       *catalog.DB
	registry *Registry
}

// NewIntegrity returns a watch that has not looked yet.
func NewIntegrity(db *catalog.DB, r *Registry) *Integrity { return &Integrity{db, r} }

// Run looks soon after the start and then daily until ctx ends.
func (i *Integrity) Run(ctx context.Context) error {
	wall := clock.Real() // a disk rots by the wall's time, also in a rehearsal
	for pause := integrityDelay; ; pause = integrityInterval {
		if err := wall.Sleep(ctx, pause); err != nil {
			return nil //nolint:nilerr // the end of ctx is the normal end
		}
		i.Look(ctx)
	}
}

// Look sets or clears the warning. What keeps it from looking, such as a
// locked catalog, says nothing about damage and changes nothing.
func (i *Integrity) Look(ctx context.Context) {
	var findings []string
	err := catalog.Translate(i.db.NewRaw(sqlIntegrity).Scan(ctx, &findings))
	switch {
	case nightjar.CodeOf(err) == nightjar.CodeCorrupt:
		findings = []string{err.Error()}
	case err != nil:
		return
	}
	reason := strings.Join(findings, "; ")
	if reason == "ok" {
		i.registry.Clear(nightjar.WarnCatalogIntegrity, "", "")
		return
	}
	i.registry.Set(nightjar.WarnCatalogIntegrity, "", "", map[string]string{"reason": reason})
}
