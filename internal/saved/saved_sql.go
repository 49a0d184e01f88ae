package saved

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

const (
	sqlVisible = `SELECT * FROM saved_searches WHERE ? OR shared = 1 OR (owner = ? AND owner <> '') ORDER BY lower(name), owner_name, id`
	sqlGet     = `SELECT * FROM saved_searches WHERE id = ?`
	sqlCount   = `SELECT count(*) FROM saved_searches WHERE owner = ?`
	sqlInsert  = `INSERT INTO saved_searches (name, owner, owner_name, shared, definition, created, updated, id) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
	sqlUpdate  = `UPDATE saved_searches SET name = ?, owner = ?, owner_name = ?, shared = ?, definition = ?, created = ?, updated = ? WHERE id = ?`
	sqlDelete  = `DELETE FROM saved_searches WHERE id = ?`
	sqlForget  = `DELETE FROM saved_searches WHERE owner = ? AND owner <> '' AND shared = 0`
)

type row struct {
	ID         string `bun:"id"`
	Name       string `bun:"name"`
	Owner      string `bun:"owner"`
	OwnerName  string `bun:"owner_name"`
	Shared     bool   `bun:"shared"`
	Definition string `bun:"definition"`
	Created    int64  `bun:"created"`
	Updated    int64  `bun:"updated"`
}

func (r row) search() (Search, error) {
	s := Search{
		ID: r.ID, Name: r.Name, Owner: r.Owner, OwnerName: r.OwnerName, Shared: r.Shared,
		Created: catalog.Time(r.Created), Updated: catalog.Time(r.Updated),
	}
	if err := json.Unmarshal([]byte(r.Definition), &s.Definition); err != nil {
		return s, fmt.Errorf("read the saved search %s: %w", r.ID, err)
	}
	return s, nil
}

func get(ctx context.Context, db bun.IDB, id string) (Search, bool, error) {
	var r row
	err := db.NewRaw(sqlGet, id).Scan(ctx, &r)
	if errors.Is(err, sql.ErrNoRows) {
		return Search{}, false, nil
	}
	if err != nil {
		return Search{}, false, fmt.Errorf("read a saved search: %w", catalog.Translate(err))
	}
	s, err := r.search()
	return s, err == nil, err
}

// put runs a statement with the columns of a search.
func put(ctx context.Context, tx bun.Tx, statement string, s Search) error {
	definition, err := json.Marshal(s.Definition)
	if err != nil {
		return fmt.Errorf("encode the saved search %s: %w", s.ID, err)
	}
	_, err = tx.NewRaw(statement, s.Name, s.Owner, s.OwnerName, s.Shared, string(definition), catalog.Micros(s.Created), catalog.Micros(s.Updated), s.ID).Exec(ctx)
	if err != nil && strings.Contains(err.Error(), "UNIQUE constraint failed") {
		return &nightjar.Error{Code: nightjar.CodeConflict, Message: fmt.Sprintf("there is a saved search %.120q already", s.Name), Hint: "choose another name, or change that one", Err: err}
	}
	if err != nil {
		return fmt.Errorf("save a search: %w", err)
	}
	return nil
}
