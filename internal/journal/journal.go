package journal

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// Journal is an open journal. It is safe for concurrent use; commits of one
// tenant run one after the other. One process at a time may write to it
// (catalog.Lock).
type Journal struct {
	cfg     Config
	dir     string // absolute
	log     *slog.Logger
	metrics *metrics
	stop    atomic.Pointer[error] // set once an fsync has failed

	mu      sync.Mutex
	tenants map[nightjar.TenantID]*tenantState
	writers []*segmentWriter // idle ones, for fresh segments
	folders map[string]bool  // known to exist durably
	filters filterBudget
	seed    maphash.Seed // of the filters' hashes
	ids     idCache
	// committed is closed with the next commit; nil when nobody waits.
	committed chan struct{}

	// maintenance holds one token: the right to replace, drop or copy segments.
	// It also protects packer, the compactor's writer.
	maintenance chan struct{}
	packer      *segmentWriter
	manyFresh   chan struct{}   // told when a tenant has got many fresh segments
	writing     map[string]bool // relative paths without a row yet, not to be swept
}

// tenantState is what the journal remembers of a tenant between commits.
type tenantState struct {
	turn chan struct{} // holds one token: the right to commit
	days map[int64]*dayFilter
	// coarse is asked before the filters of other days than an event's own.
	coarse coarseFilter
	// fresh counts the segments since Run was last told of them.
	fresh int
}

// New opens the journal in a folder whose catalog is open.
func New(cfg Config) (*Journal, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("journal directory: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("create journal directory: %w", catalog.Translate(err))
	}
	m, err := newMetrics(cfg.Registerer)
	if err != nil {
		return nil, fmt.Errorf("register journal metrics: %w", err)
	}
	return &Journal{
		cfg: cfg, dir: dir, log: cfg.Logger, metrics: m,
		tenants: make(map[nightjar.TenantID]*tenantState),
		folders: make(map[string]bool),
		writing: make(map[string]bool),
		filters: filterBudget{limit: cfg.DedupeBytes},
		seed:    maphash.MakeSeed(),

		maintenance: make(chan struct{}, 1),
		manyFresh:   make(chan struct{}, 1),
	}, nil
}

// Stopped returns the fsync error that stopped the journal, or nil.
func (j *Journal) Stopped() error {
	if p := j.stop.Load(); p != nil {
		return *p
	}
	return nil
}

// fatal remembers an error after which nothing may be committed any more.
func (j *Journal) fatal(err error) error {
	if errors.Is(err, ErrStop) {
		j.stop.CompareAndSwap(nil, &err)
	}
	return err
}

// tenant returns the state of a tenant, which its turn protects.
func (j *Journal) tenant(id nightjar.TenantID) *tenantState {
	j.mu.Lock()
	defer j.mu.Unlock()
	t := j.tenants[id]
	if t == nil {
		t = &tenantState{turn: make(chan struct{}, 1), days: make(map[int64]*dayFilter)}
		j.tenants[id] = t
	}
	return t
}

func (t *tenantState) lock(ctx context.Context) error {
	select {
	case t.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (t *tenantState) unlock() { <-t.turn }

// borrow returns a writer for a fresh segment.
func (j *Journal) borrow() *segmentWriter {
	j.mu.Lock()
	defer j.mu.Unlock()
	if n := len(j.writers); n > 0 {
		w := j.writers[n-1]
		j.writers = j.writers[:n-1]
		return w
	}
	return newSegmentWriter(newZstdCodec(), j.cfg.RowGroupRows, j.metrics, j.cfg.Faults)
}

// idleWriters is how many are kept: as many tenants as plausibly commit at once.
const idleWriters = 4

func (j *Journal) giveBack(w *segmentWriter) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.writers) < idleWriters {
		j.writers = append(j.writers, w)
	}
}

// reserve makes a new pair of paths, durable folder included, and protects
// them from Sweep until release.
func (j *Journal) reserve(tenant nightjar.TenantID, folder, prefix string) (path, tokenPath string, err error) {
	var unique [6]byte
	if _, err := rand.Read(unique[:]); err != nil {
		return "", "", fmt.Errorf("name segment: %w", err)
	}
	rel := string(tenant) + "/" + folder
	if err := j.mkdir(rel); err != nil {
		return "", "", err
	}
	name := rel + "/" + prefix + "-" + hex.EncodeToString(unique[:])
	path, tokenPath = name+".parquet", name+".tokens"
	j.mu.Lock()
	defer j.mu.Unlock()
	j.writing[path], j.writing[tokenPath] = true, true
	return path, tokenPath, nil
}

func (j *Journal) release(path, tokenPath string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.writing, path)
	delete(j.writing, tokenPath)
}

// mkdir makes a folder below the journal's and syncs each parent: a file in a
// folder whose own name is not durable is not durable.
func (j *Journal) mkdir(rel string) error {
	j.mu.Lock()
	known := j.folders[rel]
	j.mu.Unlock()
	if known {
		return nil
	}
	if parent := filepath.ToSlash(filepath.Dir(rel)); parent != "." {
		if err := j.mkdir(parent); err != nil {
			return err
		}
	}
	abs := j.abs(rel)
	if err := os.Mkdir(abs, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("create folder for segments: %w", catalog.Translate(err))
	}
	if err := syncDir(filepath.Dir(abs), j.cfg.Faults, j.metrics); err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.folders[rel] = true
	return nil
}

// freshFolder holds the segments of single commits, below the tenant's folder.
const freshFolder = "fresh"

// stamp is the part of a file's name that sorts: the time of writing.
func (j *Journal) stamp() string { return j.cfg.Clock.Now().Format("20060102T150405.000000") }
