package schedule

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// groups are tenants with the same parameters.
func groups(set *ruleset.Set, info *ruleset.Info, tenants []nightjar.Tenant) ([][]nightjar.Tenant, error) {
	by := map[string][]nightjar.Tenant{}
	for _, t := range tenants {
		values := map[string]any{}
		for _, p := range info.Parameters {
			values[p.Name] = set.Value(info, p.Name, t.ID)
		}
		key, err := json.Marshal(values)
		if err != nil {
			return nil, err
		}
		by[string(key)] = append(by[string(key)], t)
	}
	var out [][]nightjar.Tenant
	for _, key := range slices.Sorted(maps.Keys(by)) {
		out = append(out, by[key])
	}
	return out, nil
}

// spoken reports whether what the span from from to to found was found already,
// in a span that overlaps it. Before has the end of the last span that spoke.
func spoken(before map[foundKey]time.Time, k foundKey, from, to time.Time) bool {
	until, found := before[k]
	return found && from.Before(until) && !until.Equal(to)
}

// ask asks about tenants with the same parameters, in one question.
func ask(ctx context.Context, asker Asker, set *ruleset.Set, info *ruleset.Info, from, to time.Time, group []nightjar.Tenant) ([]found, error) {
	sql, err := info.SQL(func(name string) any { return set.Value(info, name, group[0].ID) }, from, to)
	if err != nil {
		return nil, err
	}
	answer, err := answered(ctx, asker, info, sql, group)
	if err != nil {
		return nil, err
	}
	return speak(set, info, answer, span{from, to, nightjar.FindingID(sql)})
}

// answered is an answer with the columns that the rule needs, in small letters.
func answered(ctx context.Context, asker Asker, info *ruleset.Info, sql string, tenants []nightjar.Tenant) (Answer, error) {
	bound, cancel := context.WithTimeout(ctx, info.Scheduled.Timeout)
	defer cancel()
	a, err := asker.Ask(bound, sql, tenants, mostRows)
	switch {
	case err != nil && bound.Err() != nil && ctx.Err() == nil:
		return a, &nightjar.Error{Code: nightjar.CodeLimit, Message: fmt.Sprintf("the query takes longer than %s", info.Scheduled.Timeout), Err: err}
	case err != nil:
		return a, err
	case a.More:
		return a, &nightjar.Error{Code: nightjar.CodeLimit, Message: fmt.Sprintf("the query has more than %d rows", mostRows)}
	}
	lower := make([]string, len(a.Columns))
	for i, c := range a.Columns {
		lower[i] = strings.ToLower(c)
	}
	a.Columns = lower
	for _, name := range append(slices.Clone(info.Scheduled.By), info.Scheduled.Value) {
		if name != "" && !slices.Contains(a.Columns, strings.ToLower(name)) {
			return a, &nightjar.Error{Code: nightjar.CodeInvalid, Message: fmt.Sprintf("the query has no column %s", name)}
		}
	}
	return a, nil
}
