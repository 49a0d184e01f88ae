package search

import (
	"fmt"
	"slices"
	"strings"
)

// Values returns the SQL of the most frequent values of fields, at most limit
// of each: rows of position, value and count, where position counts the fields
// from 0.
func (s Search) Values(fields []string, limit int) (string, error) {
	where, err := s.where()
	if err != nil {
		return "", err
	}
	if len(fields) == 0 {
		return "", invalid("name the fields", "no field is named")
	}
	var picked, parts []string
	for i, name := range fields {
		if slices.Contains(fields[:i], name) {
			return "", invalid("name each field once", "the field %.80q is named twice", name)
		}
		f, err := fieldOf(name)
		if err != nil {
			return "", err
		}
		expr := f.expr
		if f.kind != "VARCHAR" {
			expr = "CAST(" + expr + " AS VARCHAR)"
		}
		picked = append(picked, fmt.Sprintf("%s AS f%d", expr, i))
		parts = append(parts, fmt.Sprintf("SELECT * FROM (SELECT %d AS position, f%d AS value, count(*) AS n FROM hits GROUP BY f%d ORDER BY n DESC, value LIMIT %d) AS t%d",
			i, i, i, limit, i))
	}
	return fmt.Sprintf("WITH hits AS (\n  SELECT %s\n  FROM %s\n  WHERE %s\n)\nSELECT * FROM (\n  %s\n) AS v\nORDER BY position, n DESC, value",
		strings.Join(picked, ", "), s.Table, strings.Join(where, "\n    AND "), strings.Join(parts, "\n  UNION ALL ")), nil
}
