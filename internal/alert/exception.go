package alert

import (
	"context"
	"slices"
	"strings"

	"github.com/nightjar-sec/nightjar"
)

// Exception is what would have kept an alert from opening: a rule, a tenant,
// and fields with the values that they had. It is a proposal; whoever agrees
// makes it one of the rule's.
type Exception struct {
	Rule   string
	Tenant nightjar.TenantID
	Where  []FieldValue
	Reason string
}

// FieldValue is a field of a rule and a value as Sigma writes it: a backslash
// stands before what would be a wildcard.
type FieldValue struct{ Field, Value string }

// literal writes a text so that a rule's filter means it and nothing else:
// whoever is excepted wrote it into a record, and must not except others.
func literal(text string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`).Replace(text)
}

// Propose returns the exception that an alert suggests: the fields of its
// latest finding that name whom it is about. found is false when there are none.
func (k *Keeper) Propose(ctx context.Context, a Alert) (e Exception, found bool, err error) {
	of, err := readFindings(ctx, k.db, sqlFindingByID, a.Latest)
	if err != nil || len(of) == 0 {
		return Exception{}, false, err
	}
	e = Exception{Rule: a.Rule, Tenant: a.Tenant}
	for field, value := range of[0].Values {
		// What was computed over a window is not a field that a filter can name.
		if value == "" || len(value) > 500 || !strings.ContainsFunc(field, func(r rune) bool { return r >= 'A' && r <= 'Z' || r == '.' }) {
			continue
		}
		if slices.ContainsFunc(of[0].Entities, func(x nightjar.Entity) bool { return strings.EqualFold(x.Value, value) }) {
			e.Where = append(e.Where, FieldValue{field, literal(value)})
		}
	}
	slices.SortFunc(e.Where, func(a, b FieldValue) int { return strings.Compare(a.Field, b.Field) })
	lines, err := history(ctx, k.db, a.Number)
	if err != nil {
		return Exception{}, false, err
	}
	for _, l := range slices.Backward(lines) {
		if l.Action == HistoryClosed {
			e.Reason = l.Comment
			break
		}
	}
	return e, len(e.Where) > 0, nil
}
