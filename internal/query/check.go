package query

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/journal"
)

// maxDepth bounds the nesting of a query. People write 10 levels, generators 50.
const maxDepth = 200

// plan is what the check learned about a query, and the tree to run.
type plan struct {
	tree   node
	query  node // the outermost query node, inside tree
	tables map[string]*tableUse
	// late is true when raw and fields are only shown, never computed with.
	late bool
	// latest is above 0 when the query is "the newest n rows of one table".
	latest int64
	// newest is above 0 when it is "the newest n rows of one table that fit",
	// and slice is the part of time that is being looked at.
	newest int64
	slice  timeRange
}

// tableUse is how a query uses one table, over all places that name it.
type tableUse struct {
	doc  TableDoc
	time timeRange
	// needs are the words that each wanted row has in raw; nil when some place
	// that names the table has other conditions.
	needs  []journal.TokenNeed
	places int
}

// checker walks a syntax tree with an allow-list and rewrites our own
// functions in place. What it does not know, it refuses.
type checker struct {
	now       time.Time
	functions map[string]functionKind
	aliases   map[string]string
	instead   map[string]string
	plan      *plan
	depth     int
	late      lateWatch
}

// scope holds the names of common table expressions that a query can see.
type scope map[string]bool

func invalid(hint, format string, args ...any) error {
	return &nightjar.Error{Code: nightjar.CodeInvalid, Message: fmt.Sprintf(format, args...), Hint: hint}
}

// check parses what the worker's parser made of the SQL and decides whether
// it may run.
func check(tree string, now time.Time) (*plan, error) {
	root, err := decodeTree(tree)
	if err != nil {
		return nil, err
	}
	if root.flag("error") {
		return nil, parserError(root)
	}
	statements := root.children("statements")
	if len(statements) != 1 {
		return nil, invalid("send one SELECT at a time", "%d statements in one query", len(statements))
	}
	c := &checker{
		now: now, functions: map[string]functionKind{}, aliases: aliases(), instead: insteadOf(),
		plan: &plan{tree: root, tables: map[string]*tableUse{}},
	}
	for _, f := range Functions() {
		c.functions[f.Name] = f.kind
	}
	for _, name := range implicitNames() {
		c.functions[name] = implicitFunction
	}
	if err := c.statement(statements[0], scope{}, true); err != nil {
		return nil, err
	}
	c.plan.query = statements[0].child("node")
	c.plan.late = c.late.holds()
	c.plan.latest, c.plan.newest = latestRows(c.plan.query)
	if c.plan.newest > maxNewest || !c.plan.oneTable() {
		c.plan.newest = 0
	}
	return c.plan, nil
}

// oneTable reports whether a single place names a table.
func (p *plan) oneTable() bool {
	for _, use := range p.tables {
		return len(p.tables) == 1 && use.places == 1
	}
	return false
}

func parserError(root node) error {
	text := root.str("error_message")
	if root.str("error_type") == "not implemented" {
		return invalid("write SELECT …; data is changed through the commands of nightjar only", "only SELECT is possible")
	}
	return invalid("see docs/sql.md for the language", "the query does not parse: %s", firstLine(text))
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}

func (c *checker) enter() error {
	c.depth++
	if c.depth > maxDepth {
		return invalid("split it with WITH", "the query is nested deeper than %d levels", maxDepth)
	}
	return nil
}

func (c *checker) leave() { c.depth-- }

// statement checks a SELECT, outermost or inside FROM, WITH or an expression.
// shown says whether its columns reach the answer without being computed with.
func (c *checker) statement(s node, sc scope, shown bool) error {
	if err := c.enter(); err != nil {
		return err
	}
	defer c.leave()
	if err := s.only("node", "named_param_map"); err != nil {
		return err
	}
	if len(s.list("named_param_map")) > 0 {
		return invalid("write the value itself", "parameters ($1, ?) are not available")
	}
	return c.queryNode(s.child("node"), sc, shown)
}

func (c *checker) queryNode(n node, sc scope, shown bool) error {
	if err := c.enter(); err != nil {
		return err
	}
	defer c.leave()
	sc, err := c.withClause(n, sc)
	if err != nil {
		return err
	}
	switch kind := n.str("type"); kind {
	case "SELECT_NODE":
		return c.selectNode(n, sc, shown)
	case "SET_OPERATION_NODE":
		return c.setOperation(n, sc)
	case "RECURSIVE_CTE_NODE":
		return invalid("write each step as its own WITH", "WITH RECURSIVE is not available")
	default:
		return invalid("see docs/sql.md for the language", "%s is not available", words(kind))
	}
}

// withClause checks the common table expressions and returns the wider scope.
func (c *checker) withClause(n node, sc scope) (scope, error) {
	entries := n.child("cte_map").children("map")
	if len(entries) == 0 {
		return sc, nil
	}
	sc = maps.Clone(sc)
	for _, e := range entries {
		if err := e.only("key", "value"); err != nil {
			return nil, err
		}
		v := e.child("value")
		if err := v.only("aliases", "query", "materialized", "key_targets"); err != nil {
			return nil, err
		}
		if len(v.list("key_targets")) > 0 {
			return nil, invalid("leave USING KEY out", "USING KEY is not available")
		}
		if len(v.list("aliases")) > 0 {
			c.late.compute() // its columns have other names inside
		}
		if v.child("query").child("node").str("type") == "RECURSIVE_CTE_NODE" {
			return nil, invalid("write each step as its own WITH", "WITH RECURSIVE is not available")
		}
		if err := c.statement(v.child("query"), sc, true); err != nil {
			return nil, err
		}
		name := strings.ToLower(e.str("key"))
		c.late.relation(name)
		sc[name] = true
	}
	return sc, nil
}

func (c *checker) setOperation(n node, sc scope) error {
	if err := n.only("type", "modifiers", "cte_map", "setop_type", "left", "right", "setop_all", "children"); err != nil {
		return err
	}
	if !slices.Contains([]string{"UNION", "EXCEPT", "INTERSECT"}, n.str("setop_type")) {
		return invalid("write UNION or UNION ALL with the columns in one order", "%s is not available", words(n.str("setop_type")))
	}
	for _, m := range n.children("modifiers") {
		if k := m.str("type"); k == "ORDER_MODIFIER" {
			return invalid("write SELECT * FROM (… UNION …) AS t ORDER BY …", "ORDER BY directly after UNION is not available")
		}
	}
	c.late.compute() // a set operation compares rows, or mixes references of two branches
	sides := []node{n.child("left"), n.child("right")}
	if list := n.children("children"); len(list) > 0 {
		sides = list
	}
	for _, side := range sides {
		if side == nil {
			continue
		}
		if err := c.queryNode(side, sc, true); err != nil {
			return err
		}
	}
	return c.modifiers(n, sc)
}

func (c *checker) selectNode(n node, sc scope, shown bool) error {
	err := n.only("type", "modifiers", "cte_map", "select_list", "from_table", "where_clause", "group_expressions",
		"group_sets", "aggregate_handling", "having", "sample", "qualify")
	if err != nil {
		return err
	}
	if !empty(n["sample"]) {
		return invalid("write LIMIT", "USING SAMPLE is not available")
	}
	if len(n.list("group_sets")) > 1 {
		return invalid("write one GROUP BY for each", "GROUPING SETS, ROLLUP and CUBE are not available")
	}
	if n.str("aggregate_handling") == "FORCE_AGGREGATES" || len(n.list("group_expressions")) > 0 || !empty(n["having"]) {
		// Grouping by references would tell equal texts apart.
		shown = false
	}
	refs, err := c.from(n.child("from_table"), sc)
	if err != nil {
		return err
	}
	c.learn(refs, n.child("where_clause"))
	for _, item := range n.children("select_list") {
		if err := c.selectItem(item, sc, shown); err != nil {
			return err
		}
	}
	for _, key := range []string{"where_clause", "having", "qualify"} {
		if e := n.child(key); e != nil {
			if err := c.expression(e, sc); err != nil {
				return err
			}
		}
	}
	for _, e := range n.children("group_expressions") {
		if err := c.expression(e, sc); err != nil {
			return err
		}
	}
	return c.modifiers(n, sc)
}

func (c *checker) selectItem(item node, sc scope, shown bool) error {
	switch item.str("class") {
	case "COLUMN_REF":
		names, ok := item.strings("column_names")
		if isKeyword(names) {
			if item.str("alias") == "" {
				item["alias"] = names[0] // it becomes another expression
			}
			return c.expression(item, sc)
		}
		if ok && len(names) > 0 && shown {
			c.late.show(names, item.str("alias"))
			return item.only("class", "type", "alias", "query_location", "column_names")
		}
	case "STAR":
		if !shown {
			c.late.compute()
		}
	}
	return c.expression(item, sc)
}

func (c *checker) modifiers(n node, sc scope) error {
	for _, m := range n.children("modifiers") {
		switch m.str("type") {
		case "LIMIT_MODIFIER":
			if err := m.only("type", "limit", "offset"); err != nil {
				return err
			}
			for _, key := range []string{"limit", "offset"} {
				if e := m.child(key); e != nil && e.str("class") != "CONSTANT" {
					return invalid("write a number", "%s takes a number", strings.ToUpper(key))
				}
			}
		case "ORDER_MODIFIER":
			if err := c.orders(m, sc); err != nil {
				return err
			}
		case "DISTINCT_MODIFIER":
			if err := m.only("type", "distinct_on_targets"); err != nil {
				return err
			}
			c.late.compute()
			for _, e := range m.children("distinct_on_targets") {
				if err := c.expression(e, sc); err != nil {
					return err
				}
			}
		case "LIMIT_PERCENT_MODIFIER":
			return invalid("write LIMIT with a number of rows", "LIMIT with a percentage is not available")
		default:
			return invalid("see docs/sql.md for the language", "%s is not available", words(m.str("type")))
		}
	}
	return nil
}

func (c *checker) orders(m node, sc scope) error {
	if err := m.only("type", "orders"); err != nil {
		return err
	}
	for _, o := range m.children("orders") {
		if err := o.only("type", "null_order", "expression"); err != nil {
			return err
		}
		e := o.child("expression")
		if e.str("class") == "STAR" {
			return invalid("name the columns", "ORDER BY ALL is not available")
		}
		if e.str("class") == "CONSTANT" {
			c.late.compute() // a column by its number
		}
		if err := c.expression(e, sc); err != nil {
			return err
		}
	}
	return nil
}

// words turns a name of the syntax tree into what people write.
func words(kind string) string {
	kind = strings.TrimSuffix(strings.TrimSuffix(kind, "_NODE"), "_REF")
	return strings.ReplaceAll(kind, "_", " ")
}
