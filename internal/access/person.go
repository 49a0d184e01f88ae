package access

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// Person is somebody who can sign in.
type Person struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Grants    []Grant   `json:"grants"`
	Created   time.Time `json:"created"`
	LastLogin time.Time `json:"last_login"` // zero when never
	Disabled  bool      `json:"disabled"`
	Ways      []Way     `json:"ways"` // to sign in
}

// People returns everybody by name.
func (k *Keeper) People(ctx context.Context) ([]Person, error) {
	rows, err := many[personRow](ctx, k.db, sqlPeople)
	if err != nil {
		return nil, err
	}
	granted, err := many[grantRow](ctx, k.db, sqlAllGrants)
	if err != nil {
		return nil, err
	}
	of := make(map[string][]grantRow)
	for _, g := range granted {
		of[g.Holder] = append(of[g.Holder], g)
	}
	in, err := many[wayRow](ctx, k.db, sqlWays)
	if err != nil {
		return nil, err
	}
	lead := make(map[string][]wayRow)
	for _, w := range in {
		lead[w.Person] = append(lead[w.Person], w)
	}
	out := make([]Person, len(rows))
	for i, r := range rows {
		out[i] = r.person(grants(of[r.ID]), ways(lead[r.ID]))
	}
	return out, nil
}

// Person finds one by id or by name.
func (k *Keeper) Person(ctx context.Context, ref string) (Person, error) {
	r, found, err := one[personRow](ctx, k.db, sqlPerson, ref)
	if err == nil && !found {
		r, found, err = one[personRow](ctx, k.db, sqlPersonByName, nameKey(ref))
	}
	if err != nil || !found {
		return Person{}, orElse(err, nobody(ref))
	}
	list, err := grantsOf(ctx, k.db, r.ID)
	if err != nil {
		return Person{}, err
	}
	in, err := waysOf(ctx, k.db, r.ID)
	return r.person(list, in), err
}

func (k *Keeper) person(ctx context.Context, db bun.IDB, id string) (personRow, error) {
	p, found, err := one[personRow](ctx, db, sqlPerson, id)
	if err != nil || !found {
		return p, orElse(err, nobody(id))
	}
	return p, nil
}

func nobody(ref string) error {
	return &nightjar.Error{Code: nightjar.CodeNotFound, Message: fmt.Sprintf("there is nobody %.80q", ref), Hint: "nightjar person list says who there is"}
}

func (r personRow) person(list []Grant, in []Way) Person {
	return Person{
		ID: r.ID, Name: r.Name, Grants: list, Created: catalog.Time(r.Created), LastLogin: catalog.Time(r.LastLogin), Disabled: r.Disabled != 0,
		Ways: in,
	}
}
