package saved

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/clock"
)

// Config is what a Store needs.
type Config struct {
	Catalog *catalog.DB
	Clock   clock.Clock
	Random  io.Reader // of ids; nil means crypto/rand
}

// Store keeps searches. It is safe for concurrent use.
type Store struct {
	db     *catalog.DB
	clock  clock.Clock
	random io.Reader
}

// New returns the store in the catalog.
func New(cfg Config) (*Store, error) {
	if cfg.Catalog == nil {
		return nil, &nightjar.Error{Code: nightjar.CodeInternal, Message: "saved searches need a catalog"}
	}
	if cfg.Random == nil {
		cfg.Random = rand.Reader
	}
	return &Store{db: cfg.Catalog, clock: cfg.Clock, random: cfg.Random}, nil
}

// Viewer is as whom a search is asked for. The caller vouches for it.
type Viewer struct {
	Person string // id; "" for the command line
	Name   string
	// Curator may share searches, and change and remove those that are shared.
	Curator bool
	// All sees private searches of others too: the command line, which holds
	// the file that they are in.
	All bool
}

func (v Viewer) sees(s Search) bool { return v.All || s.Shared || v.owns(s) }

func (v Viewer) owns(s Search) bool { return v.Person != "" && s.Owner == v.Person }

// MayChange reports whether the viewer may change or remove a search: its
// owner may, and of those that everybody sees whoever may share. An owner who
// may no longer share may still withdraw.
func (v Viewer) MayChange(s Search) bool { return v.All || v.owns(s) || s.Shared && v.Curator }

// maxEach bounds the searches of one owner.
const maxEach = 500

// List returns the searches that the viewer sees, by name.
func (s *Store) List(ctx context.Context, v Viewer) ([]Search, error) {
	var rows []row
	if err := s.db.NewRaw(sqlVisible, v.All, v.Person).Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("list saved searches: %w", catalog.Translate(err))
	}
	out := make([]Search, 0, len(rows))
	for _, r := range rows {
		one, err := r.search()
		if err != nil {
			return nil, err
		}
		if v.sees(one) { // as the statement says
			out = append(out, one)
		}
	}
	return out, nil
}

// Get returns one search. Whoever does not see it is told that there is none.
func (s *Store) Get(ctx context.Context, v Viewer, id string) (Search, error) {
	one, found, err := get(ctx, s.db, id)
	if err != nil {
		return Search{}, err
	}
	if !found || !v.sees(one) {
		return Search{}, missing(id)
	}
	return one, nil
}

// Create keeps a new search of the viewer's.
func (s *Store) Create(ctx context.Context, v Viewer, one Search) (Search, error) {
	if err := one.validate(); err != nil {
		return Search{}, err
	}
	if one.Shared && !v.Curator {
		return Search{}, notShared()
	}
	id := make([]byte, 8)
	if _, err := io.ReadFull(s.random, id); err != nil {
		return Search{}, fmt.Errorf("make an id: %w", err)
	}
	now := catalog.Time(catalog.Micros(s.clock.Now()))
	one.ID, one.Owner, one.OwnerName, one.Created, one.Updated = hex.EncodeToString(id), v.Person, v.Name, now, now
	err := s.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var n int
		if err := tx.NewRaw(sqlCount, v.Person).Scan(ctx, &n); err != nil {
			return fmt.Errorf("count saved searches: %w", err)
		}
		if n >= maxEach {
			return &nightjar.Error{Code: nightjar.CodeLimit, Message: fmt.Sprintf("there are %d saved searches already", n), Hint: "remove some that nobody needs"}
		}
		return put(ctx, tx, sqlInsert, one)
	})
	return one, err
}

// Change replaces name, definition and sharing of a search; its owner stays.
func (s *Store) Change(ctx context.Context, v Viewer, one Search) (Search, error) {
	if err := one.validate(); err != nil {
		return Search{}, err
	}
	err := s.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		old, err := changeable(ctx, tx, v, one.ID)
		if err != nil {
			return err
		}
		if one.Shared && !v.Curator {
			// Also one that is shared already: what everybody opens is not
			// changed by somebody who may not share.
			return notShared()
		}
		one.Owner, one.OwnerName, one.Created = old.Owner, old.OwnerName, old.Created
		one.Updated = catalog.Time(catalog.Micros(s.clock.Now()))
		return put(ctx, tx, sqlUpdate, one)
	})
	return one, err
}

// Remove forgets a search and returns what it was.
func (s *Store) Remove(ctx context.Context, v Viewer, id string) (old Search, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if old, err = changeable(ctx, tx, v, id); err != nil {
			return err
		}
		if _, err := tx.NewRaw(sqlDelete, id).Exec(ctx); err != nil {
			return fmt.Errorf("remove a saved search: %w", err)
		}
		return nil
	})
	return old, err
}

// Forget removes the private searches of a person who is removed, in the
// transaction that does so. Those that are shared stay: others use them.
func Forget(ctx context.Context, tx bun.Tx, person string) error {
	if _, err := tx.NewRaw(sqlForget, person).Exec(ctx); err != nil {
		return fmt.Errorf("remove the saved searches of a person: %w", err)
	}
	return nil
}

// changeable returns the search if the viewer may change it.
func changeable(ctx context.Context, tx bun.Tx, v Viewer, id string) (Search, error) {
	old, found, err := get(ctx, tx, id)
	switch {
	case err != nil:
		return old, err
	case !found || !v.sees(old):
		return old, missing(id)
	case !v.MayChange(old):
		return old, &nightjar.Error{Code: nightjar.CodeForbidden, Message: "this search is shared by somebody else", Hint: "save it under a name of your own"}
	}
	return old, nil
}

func missing(id string) error {
	return &nightjar.Error{Code: nightjar.CodeNotFound, Message: fmt.Sprintf("there is no saved search %.40q", id), Hint: "nightjar search list shows them"}
}

func notShared() error {
	return &nightjar.Error{Code: nightjar.CodeForbidden, Message: "your role does not allow sharing searches (dashboard.manage for all tenants)", Hint: "keep it private, or ask an administrator"}
}
