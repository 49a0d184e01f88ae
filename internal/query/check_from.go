package query

import (
	"reflect"
	"slices"
	"strings"

	"github.com/nightjar-sec/nightjar/internal/journal"
)

// fromRef is one of our tables in a FROM clause, under the name that the
// query gives it.
type fromRef struct {
	alias string
	use   *tableUse
}

// from checks a FROM clause and returns our tables that it names itself.
func (c *checker) from(n node, sc scope) ([]fromRef, error) {
	if err := c.enter(); err != nil {
		return nil, err
	}
	defer c.leave()
	if !empty(n["sample"]) {
		return nil, invalid("write LIMIT", "TABLESAMPLE is not available")
	}
	if a := n.str("alias"); a != "" {
		c.late.relation(strings.ToLower(a))
	}
	switch kind := n.str("type"); kind {
	case "EMPTY":
		return nil, n.only("type", "alias", "sample", "query_location")
	case "BASE_TABLE":
		return c.baseTable(n, sc)
	case "SUBQUERY":
		if err := n.only("type", "alias", "sample", "query_location", "subquery", "column_name_alias"); err != nil {
			return nil, err
		}
		if len(n.list("column_name_alias")) > 0 {
			c.late.compute()
		}
		return nil, c.statement(n.child("subquery"), sc, true)
	case "JOIN":
		return c.join(n, sc)
	case "TABLE_FUNCTION":
		name := n.child("function").str("function_name")
		hint := c.instead[strings.ToLower(name)]
		if hint == "" {
			hint = "only the tables are readable: " + tableNames()
		}
		return nil, invalid(hint, "%s(…) is not available as a table", name)
	case "EXPRESSION_LIST":
		return nil, invalid("write SELECT 1 AS x UNION ALL SELECT 2", "VALUES is not available")
	case "PIVOT":
		return nil, invalid("write count(*) FILTER (WHERE …) for each column", "PIVOT is not available")
	case "SHOW_REF":
		return nil, invalid("the tables and columns are in docs/sql.md", "SHOW and DESCRIBE are not available")
	default:
		return nil, invalid("see docs/sql.md for the language", "%s is not available in FROM", words(kind))
	}
}

func (c *checker) baseTable(n node, sc scope) ([]fromRef, error) {
	err := n.only("type", "alias", "sample", "query_location", "table_name", "schema_name", "catalog_name", "column_name_alias", "at_clause")
	if err != nil {
		return nil, err
	}
	name := strings.ToLower(n.str("table_name"))
	if n.str("schema_name") != "" || n.str("catalog_name") != "" {
		return nil, invalid("write the table's name alone", "the table name %s.%s has a schema", n.str("schema_name")+n.str("catalog_name"), n.str("table_name"))
	}
	if !empty(n["at_clause"]) {
		return nil, invalid("write a condition on ingested", "AT (…) is not available")
	}
	if len(n.list("column_name_alias")) > 0 {
		return nil, invalid("name columns with AS in the SELECT", "renaming the columns of table %s is not available", name)
	}
	alias := strings.ToLower(n.str("alias"))
	if alias == "" {
		alias = name
	}
	c.late.relation(alias)
	if sc[name] {
		return nil, nil
	}
	doc, ok := tableDoc(name)
	if !ok {
		return nil, unknownTable(n.str("table_name"))
	}
	use := c.plan.tables[name]
	if use == nil {
		use = &tableUse{doc: doc}
		c.plan.tables[name] = use
	}
	return []fromRef{{alias, use}}, nil
}

func (c *checker) join(n node, sc scope) ([]fromRef, error) {
	err := n.only("type", "alias", "sample", "query_location", "left", "right", "condition", "join_type", "ref_type",
		"using_columns", "delim_flipped", "duplicate_eliminated_columns")
	if err != nil {
		return nil, err
	}
	if t := n.str("join_type"); !slices.Contains([]string{"INNER", "LEFT", "RIGHT", "OUTER", "FULL"}, t) {
		return nil, invalid("write IN, EXISTS or NOT EXISTS", "%s JOIN is not available", t)
	}
	switch t := n.str("ref_type"); t {
	case "REGULAR", "CROSS", "ASOF":
	case "NATURAL":
		return nil, invalid("write the condition after ON", "NATURAL JOIN is not available")
	case "POSITIONAL":
		return nil, invalid("write the condition after ON", "POSITIONAL JOIN is not available")
	default:
		return nil, invalid("write JOIN … ON", "%s JOIN is not available", t)
	}
	if len(n.list("using_columns")) > 0 || len(n.list("duplicate_eliminated_columns")) > 0 {
		c.late.compute()
	}
	left, err := c.from(n.child("left"), sc)
	if err != nil {
		return nil, err
	}
	right, err := c.from(n.child("right"), sc)
	if err != nil {
		return nil, err
	}
	if cond := n.child("condition"); cond != nil {
		if err := c.expression(cond, sc); err != nil {
			return nil, err
		}
	}
	return append(left, right...), nil
}

// learn takes from a WHERE clause what helps to read less: the range of times
// and the words that raw must have. Each place that names a table must be
// satisfied, so ranges widen and words stay only where they are the same.
func (c *checker) learn(refs []fromRef, where node) {
	conditions := conjuncts(where, nil)
	for _, r := range refs {
		is := func(column string) func(node) bool {
			return func(n node) bool {
				names, ok := n.strings("column_names")
				if n.str("class") != "COLUMN_REF" || !ok || len(names) == 0 || !strings.EqualFold(names[len(names)-1], column) {
					return false
				}
				return len(names) == 1 && len(refs) == 1 || len(names) == 2 && strings.EqualFold(names[0], r.alias)
			}
		}
		var bound timeRange
		var needs []journal.TokenNeed
		for _, cond := range conditions {
			bound = bound.narrow(timeBound(cond, is("time")))
			needs = append(needs, needsOf(cond, is("raw"))...)
		}
		if r.use.places == 0 {
			r.use.time, r.use.needs = bound, needs
		} else {
			r.use.time = r.use.time.widen(bound)
			if !reflect.DeepEqual(needs, r.use.needs) {
				r.use.needs = nil
			}
		}
		r.use.places++
	}
}

func conjuncts(n node, out []node) []node {
	if n == nil {
		return out
	}
	if n.str("class") == "CONJUNCTION" && n.str("type") == "CONJUNCTION_AND" {
		for _, c := range n.children("children") {
			out = conjuncts(c, out)
		}
		return out
	}
	return append(out, n)
}
