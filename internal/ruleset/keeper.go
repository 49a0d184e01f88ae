package ruleset

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/clock"
)

// Warnings takes what is wrong with rules; health's registry does. An
// interface, so that health stays a leaf.
type Warnings interface {
	Set(code nightjar.WarningCode, tenant nightjar.TenantID, source string, args map[string]string)
	Clear(code nightjar.WarningCode, tenant nightjar.TenantID, source string)
}

// Config is what a Keeper needs.
type Config struct {
	// Catalog keeps what people change; nil keeps nothing, and nothing is changed.
	Catalog *catalog.DB
	Clock   clock.Clock
	Logger  *slog.Logger // nil discards
	// Folders are the paths of further folders with rules.
	Folders []string
	// NoShipped leaves out the rules that the binary carries: in tests.
	NoShipped    bool
	Placeholders map[string][]string
	Warnings     Warnings  // nil: nobody is told
	Random       io.Reader // of ids; nil means crypto/rand
}

// Keeper holds the rules in force and changes them. It is safe for concurrent use.
type Keeper struct {
	cfg Config
	log *slog.Logger

	current atomic.Pointer[loaded]
	reload  sync.Mutex // one at a time
	folders []*watched
	warned  map[string]bool // sources of warnings that are set
	panics  map[string]bool // files that make us panic, which are logged

	mu      sync.Mutex
	changed chan struct{}
}

// loaded is a set with what it was made of.
type loaded struct {
	set     *Set
	since   time.Time
	version int64 // of the changes
}

// New reads the rules. What is wrong with some of them is in the faults of the
// set; a folder that cannot be read is said there too.
func New(ctx context.Context, cfg Config) (*Keeper, error) {
	if cfg.Random == nil {
		cfg.Random = rand.Reader
	}
	k := &Keeper{cfg: cfg, log: cfg.Logger, changed: make(chan struct{}), warned: map[string]bool{}}
	if k.log == nil {
		k.log = slog.New(slog.DiscardHandler)
	}
	if !cfg.NoShipped {
		k.folders = append(k.folders, &watched{folder: Shipped()})
	}
	for _, path := range cfg.Folders {
		k.folders = append(k.folders, newWatched(path))
	}
	return k, k.Reload(ctx)
}

// Current returns the rules in force.
func (k *Keeper) Current() *Set { return k.current.Load().set }

// Since is when the rules in force came to be.
func (k *Keeper) Since() time.Time { return k.current.Load().since }

// Changed is closed when other rules come into force. Take it before Current.
func (k *Keeper) Changed() <-chan struct{} {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.changed
}

// Reload reads the folders and the changes anew, and puts them in force when
// they differ from what is.
func (k *Keeper) Reload(ctx context.Context) error {
	k.reload.Lock()
	defer k.reload.Unlock()
	var changes Changes
	version := int64(0)
	if k.cfg.Catalog != nil {
		var err error
		if changes, version, err = readChanges(ctx, k.cfg.Catalog); err != nil {
			return err
		}
	}
	now := k.cfg.Clock.Now()
	o := Options{Placeholders: k.cfg.Placeholders, Changes: changes, Now: now}
	set := k.load(o)
	k.logPanics(ctx, set)
	before := k.current.Load()
	next := &loaded{set: set, since: now, version: version}
	same := before != nil && before.set.version == set.version
	if same {
		next.since = before.since
	}
	k.current.Store(next)
	k.warn(set)
	if same {
		return nil
	}
	k.mu.Lock()
	close(k.changed)
	k.changed = make(chan struct{})
	k.mu.Unlock()
	if before != nil {
		k.log.InfoContext(ctx, "other rules are in force", "rules", len(set.infos), "faults", len(set.Faults))
	}
	return nil
}
