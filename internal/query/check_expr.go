package query

import (
	"slices"
	"strings"
)

func castTypes() []string {
	return []string{"VARCHAR", "INTEGER", "BIGINT", "SMALLINT", "DOUBLE", "FLOAT", "BOOLEAN", "TIMESTAMP", "DATE", "INTERVAL", "DECIMAL"}
}

func constantTypes() []string {
	return []string{"VARCHAR", "INTEGER", "BIGINT", "HUGEINT", "DOUBLE", "BOOLEAN", "DECIMAL", "NULL", "SQLNULL"}
}

// expression checks one expression and rewrites our own functions in it.
func (c *checker) expression(e node, sc scope) error {
	if err := c.enter(); err != nil {
		return err
	}
	defer c.leave()
	kind := e.str("type")
	switch class := e.str("class"); class {
	case "CONSTANT":
		return c.constant(e)
	case "COLUMN_REF":
		return c.columnRef(e)
	case "FUNCTION":
		return c.function(e, sc)
	case "COMPARISON":
		return c.comparison(e, sc)
	case "CONJUNCTION":
		if err := e.only("class", "type", "alias", "query_location", "children"); err != nil {
			return err
		}
		return c.all(e.children("children"), sc)
	case "OPERATOR":
		return c.operator(e, sc)
	case "CAST":
		return c.cast(e, sc)
	case "CASE":
		return c.caseWhen(e, sc)
	case "BETWEEN":
		if err := e.only("class", "type", "alias", "query_location", "input", "lower", "upper"); err != nil {
			return err
		}
		return c.all([]node{e.child("input"), e.child("lower"), e.child("upper")}, sc)
	case "SUBQUERY":
		return c.subquery(e, sc)
	case "STAR":
		return c.star(e)
	case "WINDOW":
		return c.window(e, sc)
	case "LAMBDA":
		return invalid("write json_value(raw, '$.Name')", "the arrow -> is not available")
	case "PARAMETER":
		return invalid("write the value itself", "parameters ($1, ?) are not available")
	case "POSITIONAL_REFERENCE":
		return invalid("name the column", "#1 for a column is not available")
	case "COLLATE":
		return invalid("write lower(x)", "COLLATE is not available")
	case "":
		return invalid("see docs/sql.md for the language", "the query has an empty expression")
	default:
		return invalid("see docs/sql.md for the language", "%s is not available", words(class+" "+kind))
	}
}

func (c *checker) all(list []node, sc scope) error {
	for _, e := range list {
		if err := c.expression(e, sc); err != nil {
			return err
		}
	}
	return nil
}

func (c *checker) constant(e node) error {
	if err := e.only("class", "type", "alias", "query_location", "value"); err != nil {
		return err
	}
	if id := e.child("value").child("type").str("id"); !slices.Contains(constantTypes(), id) {
		return invalid("write text, numbers, true, false or NULL", "a literal of type %s is not available", id)
	}
	return nil
}

func (c *checker) columnRef(e node) error {
	if err := e.only("class", "type", "alias", "query_location", "column_names"); err != nil {
		return err
	}
	names, ok := e.strings("column_names")
	if !ok || len(names) == 0 {
		return invalid("name a column", "a column has no name")
	}
	if isKeyword(names) {
		return c.keyword(e, strings.ToLower(names[0]))
	}
	c.late.use(names)
	return nil
}

// isKeyword is true for words that the parser gives as columns and the engine
// reads as functions.
func isKeyword(names []string) bool {
	return len(names) == 1 && slices.Contains([]string{
		"current_timestamp", "localtimestamp", "current_date", "current_time", "localtime", "current_user", "current_role",
		"session_user", "user", "current_catalog", "current_schema", "current_database",
	}, strings.ToLower(names[0]))
}

// keyword lets those through that tell the time, by the journal's clock.
func (c *checker) keyword(e node, name string) error {
	switch name {
	case "current_timestamp", "localtimestamp":
		c.setNow(e)
	case "current_date":
		e.replace(castNode(stringNode(c.now.UTC().Format("2006-01-02"), ""), "DATE", e.str("alias")))
	default:
		return invalid("the columns are in docs/sql.md; who did it is user_id", "%s is not available", name)
	}
	return nil
}

func (c *checker) setNow(e node) {
	e.replace(castNode(stringNode(c.now.UTC().Format("2006-01-02 15:04:05.000000"), ""), "TIMESTAMP", e.str("alias")))
}

func (c *checker) comparison(e node, sc scope) error {
	if err := e.only("class", "type", "alias", "query_location", "left", "right"); err != nil {
		return err
	}
	if err := c.all([]node{e.child("left"), e.child("right")}, sc); err != nil {
		return err
	}
	cheapJSONFilter(e)
	return nil
}

func (c *checker) operator(e node, sc scope) error {
	if err := e.only("class", "type", "alias", "query_location", "children"); err != nil {
		return err
	}
	allowed := []string{"OPERATOR_NOT", "OPERATOR_IS_NULL", "OPERATOR_IS_NOT_NULL", "COMPARE_IN", "COMPARE_NOT_IN", "OPERATOR_COALESCE", "OPERATOR_NULLIF", "ARRAY_EXTRACT"}
	if k := e.str("type"); !slices.Contains(allowed, k) {
		hint := "see docs/sql.md for the language"
		if k == "ARRAY_SLICE" {
			hint = "write substring(x, from, count)"
		}
		return invalid(hint, "%s is not available", words(strings.TrimPrefix(k, "OPERATOR_")))
	}
	return c.all(e.children("children"), sc)
}

func (c *checker) cast(e node, sc scope) error {
	if err := e.only("class", "type", "alias", "query_location", "child", "cast_type", "try_cast"); err != nil {
		return err
	}
	id := e.child("cast_type").str("id")
	if !slices.Contains(castTypes(), id) {
		return invalid("the types are "+strings.Join(castTypes(), ", "), "the type %s is not available", castName(e.child("cast_type")))
	}
	return c.expression(e.child("child"), sc)
}

func castName(t node) string {
	if name := t.child("type_info").str("name"); name != "" {
		return name
	}
	return t.str("id")
}

func (c *checker) caseWhen(e node, sc scope) error {
	if err := e.only("class", "type", "alias", "query_location", "case_checks", "else_expr"); err != nil {
		return err
	}
	for _, k := range e.children("case_checks") {
		if err := k.only("when_expr", "then_expr"); err != nil {
			return err
		}
		if err := c.all([]node{k.child("when_expr"), k.child("then_expr")}, sc); err != nil {
			return err
		}
	}
	if other := e.child("else_expr"); other != nil {
		return c.expression(other, sc)
	}
	return nil
}

func (c *checker) subquery(e node, sc scope) error {
	if err := e.only("class", "type", "alias", "query_location", "subquery_type", "subquery", "child", "comparison_type"); err != nil {
		return err
	}
	if k := e.str("subquery_type"); !slices.Contains([]string{"SCALAR", "EXISTS", "NOT_EXISTS", "ANY"}, k) {
		return invalid("write IN or EXISTS", "a subquery of kind %s is not available", k)
	}
	if child := e.child("child"); child != nil {
		if err := c.expression(child, sc); err != nil {
			return err
		}
	}
	return c.statement(e.child("subquery"), sc, false)
}

func (c *checker) star(e node) error {
	err := e.only("class", "type", "alias", "query_location", "relation_name", "exclude_list", "replace_list", "columns", "expr", "qualified_exclude_list", "rename_list")
	if err != nil {
		return err
	}
	if e.flag("columns") || !empty(e["expr"]) || !empty(e["replace_list"]) || !empty(e["rename_list"]) {
		return invalid("name the columns", "COLUMNS(…), REPLACE and RENAME are not available")
	}
	return nil
}
