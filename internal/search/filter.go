package search

import (
	"net/netip"
	"strings"
)

// Op is how a filter compares.
type Op string

// The operators. Contains and StartsWith compare without case, the others with.
const (
	Is          Op = "is"
	IsNot       Op = "is_not"
	Contains    Op = "contains"
	NotContains Op = "not_contains"
	StartsWith  Op = "starts_with"
	Exists      Op = "exists" // is stated
	Absent      Op = "absent" // is not stated
	AtLeast     Op = "gte"
	AtMost      Op = "lte"
)

// Filter is a condition of one field.
type Filter struct {
	Field string // a column, or a path into the raw record that begins with "$."
	Op    Op
	Value string // as people write it; read as the field's type
}

// maxFilters bounds the conditions of one search.
const maxFilters = 50

// conditions joins the Is of one field into one IN, in the place of the first.
func conditions(filters []Filter) ([]string, error) {
	if len(filters) > maxFilters {
		return nil, invalid("use fewer filters", "a search takes at most %d filters", maxFilters)
	}
	var out []string
	alternatives := map[string][]string{} // literals by field
	var order []string
	for _, f := range filters {
		fd, err := fieldOf(f.Field)
		if err != nil {
			return nil, err
		}
		if f.Op != Is {
			c, err := fd.condition(f.Op, f.Value)
			if err != nil {
				return nil, err
			}
			out = append(out, c)
			continue
		}
		value, err := fd.literal(f.Value)
		if err != nil {
			return nil, err
		}
		if _, seen := alternatives[fd.expr]; !seen {
			order = append(order, fd.expr)
		}
		alternatives[fd.expr] = append(alternatives[fd.expr], value)
	}
	for _, expr := range order {
		if values := alternatives[expr]; len(values) > 1 {
			out = append(out, expr+" IN ("+strings.Join(values, ", ")+")")
		} else {
			out = append(out, expr+" = "+values[0])
		}
	}
	return out, nil
}

// field is what a filter's field means in SQL.
type field struct {
	name string
	expr string
	kind string // type of the column
}

// fieldOf finds a column, or writes the path of the raw record. Only names of
// the table of columns get into the SQL as they are.
func fieldOf(name string) (field, error) {
	if strings.HasPrefix(name, "$.") {
		if strings.ContainsAny(name, "*'") {
			return field{}, invalid("e.g. $.Parameters[0].Name", "%.80q is not a path to one value of the record", name)
		}
		path, err := text(name)
		if err != nil {
			return field{}, err
		}
		return field{name: name, expr: "json_value(raw, " + path + ")", kind: "VARCHAR"}, nil
	}
	for _, c := range columnsOf() {
		if c.Name == name {
			return field{name: name, expr: c.Name, kind: c.Type}, nil
		}
	}
	return field{}, invalid("name a column of docs/sql.md, or a path into the record such as $.Parameters[0].Name", "there is no field %.80q", name)
}

func (f field) literal(value string) (string, error) {
	if f.name == "client_ip" {
		// Stored addresses are canonical; people paste them in any form.
		if a, err := netip.ParseAddr(strings.TrimSpace(value)); err == nil {
			value = a.Unmap().WithZone("").String()
		}
	}
	return literal(f.name, f.kind, value)
}

func (f field) condition(op Op, value string) (string, error) {
	switch op {
	case Exists, Absent:
		return f.stated(op == Exists), nil
	case Contains, NotContains, StartsWith:
		expr := f.expr
		if f.kind != "VARCHAR" {
			expr = "CAST(" + expr + " AS VARCHAR)"
		}
		part, err := text(strings.ToLower(value))
		if err != nil {
			return "", err
		}
		switch op {
		case StartsWith:
			return "starts_with(lower(" + expr + "), " + part + ")", nil
		case NotContains:
			return "NOT contains(lower(" + expr + "), " + part + ")", nil
		default:
			return "contains(lower(" + expr + "), " + part + ")", nil
		}
	case Is, IsNot, AtLeast, AtMost:
		v, err := f.literal(value)
		if err != nil {
			return "", err
		}
		sign := map[Op]string{Is: " = ", IsNot: " <> ", AtLeast: " >= ", AtMost: " <= "}[op]
		return f.expr + sign + v, nil
	default:
		return "", invalid("the operators are is, is_not, contains, not_contains, starts_with, exists, absent, gte and lte", "there is no operator %.80q", string(op))
	}
}

// stated says whether a record states the field: absent text is ”, an absent
// number 0, and an absent place NULL.
func (f field) stated(is bool) string {
	switch {
	case f.kind == "DOUBLE" && is:
		return f.expr + " IS NOT NULL"
	case f.kind == "DOUBLE":
		return f.expr + " IS NULL"
	case f.kind == "VARCHAR" && is:
		return f.expr + " <> ''"
	case f.kind == "VARCHAR":
		return f.expr + " = ''"
	case f.kind == "TIMESTAMP" && is:
		return f.expr + " > TIMESTAMP '1970-01-01 00:00:00'"
	case f.kind == "TIMESTAMP":
		return f.expr + " <= TIMESTAMP '1970-01-01 00:00:00'"
	case is:
		return f.expr + " <> 0"
	default:
		return f.expr + " = 0"
	}
}
