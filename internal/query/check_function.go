package query

import (
	"strings"
)

func (c *checker) function(e node, sc scope) error {
	err := e.only("class", "type", "alias", "query_location", "function_name", "schema", "catalog", "children", "filter",
		"order_bys", "distinct", "is_operator", "export_state")
	if err != nil {
		return err
	}
	withoutILIKE(e)
	name, err := c.functionName(e)
	if err != nil {
		return err
	}
	if f := e.child("filter"); f != nil {
		if err := c.expression(f, sc); err != nil {
			return err
		}
	}
	if err := c.orders(e.child("order_bys"), sc); err != nil {
		return err
	}
	if c.functions[name] != aggregateFunction && name != "count_star" && (e.flag("distinct") || !empty(e["filter"])) {
		return invalid("put the condition into WHERE", "DISTINCT and FILTER do not go with %s", name)
	}
	if c.functions[name] == windowFunction {
		return invalid("write "+name+"(…) OVER (PARTITION BY … ORDER BY …)", "%s needs OVER", name)
	}
	if err := c.all(e.children("children"), sc); err != nil {
		return err
	}
	return c.rewrite(e, name)
}

// withoutILIKE turns x ILIKE '%text%' into contains(lower(x), 'text'), which
// is 30 times as fast on long texts. Other patterns stay and are refused.
func withoutILIKE(e node) {
	args := e.children("children")
	if e.str("function_name") != "~~*" || len(args) != 2 {
		return
	}
	pattern, ok := constantString(args[1])
	text := strings.Trim(pattern, "%")
	if !ok || text == "" || strings.ContainsAny(text, `%_\\`) {
		return
	}
	var name string
	switch {
	case strings.HasPrefix(pattern, "%") && strings.HasSuffix(pattern, "%"):
		name = "contains"
	case strings.HasSuffix(pattern, "%"):
		name = "starts_with"
	case strings.HasPrefix(pattern, "%"):
		name = "ends_with"
	default:
		return
	}
	e.replace(functionNode(name, e.str("alias"), functionNode("lower", "", args[0]), stringNode(strings.ToLower(text), "")))
}

// functionName finds the function by the name that people may have written,
// and writes the one name that we document into the tree.
func (c *checker) functionName(e node) (string, error) {
	written := strings.ToLower(e.str("function_name"))
	// The parser itself names the schema of literals and of extract.
	if s := e.str("schema"); s != "" && s != "main" || e.str("catalog") != "" || e.flag("export_state") {
		return "", invalid("write the function's name alone", "the function name %s.%s has a schema", s+e.str("catalog"), written)
	}
	name := written
	if to := c.aliases[written]; to != "" {
		name = to
	}
	if _, ok := c.functions[name]; !ok {
		hint := c.instead[written]
		if hint == "" {
			hint = "the functions are in docs/sql.md"
		}
		return "", invalid(hint, "%s is not available", display(written))
	}
	if name != written {
		e["function_name"] = name
	}
	return name, nil
}

// display gives the operators their written form.
func display(function string) string {
	switch function {
	case "~~*", "ilike_escape":
		return "ILIKE"
	case "!~~*", "not_ilike_escape":
		return "NOT ILIKE"
	case "like_escape", "not_like_escape":
		return "LIKE … ESCAPE"
	case "~~~":
		return "GLOB"
	case "regexp_full_match":
		return "SIMILAR TO, ~ or regexp_full_match"
	case "":
		return "a function without a name"
	default:
		return function
	}
}

// rewrite replaces the functions of our own names by DuckDB's.
func (c *checker) rewrite(e node, name string) error {
	args := e.children("children")
	switch name {
	case "now":
		if len(args) != 0 {
			return invalid("write now()", "now takes no argument")
		}
		c.setNow(e)
	case "tbucket":
		if len(args) != 2 {
			return invalid("write tbucket(INTERVAL '5 minutes', time)", "tbucket takes an interval and a time")
		}
		e["function_name"] = "time_bucket"
	case "json_value":
		if len(args) != 2 {
			return invalid("write json_value(raw, '$.Name')", "json_value takes JSON and a path")
		}
		path, ok := constantString(args[1])
		if !ok || !strings.HasPrefix(path, "$") || strings.Contains(path, "*") {
			return invalid("write a path such as '$.Name', '$.\"a name\"' or '$.Items[0].Id'", "json_value takes a path to one value, as text in quotes")
		}
		e.replace(operatorNode("OPERATOR_COALESCE", e.str("alias"), functionNode("json_extract_string", "", args...), stringNode("", "")))
	case "has_token":
		if len(args) != 2 {
			return invalid("write has_token(raw, 'word')", "has_token takes a text and a word")
		}
		word, ok := constantString(args[1])
		if !ok || len(tokens(word)) == 0 {
			return invalid("write has_token(raw, 'word')", "has_token takes a word of letters and digits in quotes")
		}
		e.replace(hasToken(args[0], word, e.str("alias")))
	case "regexp_matches":
		if len(args) != 2 {
			return invalid("write the options into the pattern: '(?i)…'", "regexp_matches takes a text and a pattern")
		}
	}
	return nil
}

func (c *checker) window(e node, sc scope) error {
	err := e.only("class", "type", "alias", "query_location", "function_name", "schema", "catalog", "children", "partitions",
		"orders", "start", "end", "start_expr", "end_expr", "offset_expr", "default_expr", "ignore_nulls", "filter_expr",
		"exclude_clause", "distinct", "arg_orders")
	if err != nil {
		return err
	}
	name, err := c.functionName(e)
	if err != nil {
		return err
	}
	if k := c.functions[name]; k != windowFunction && k != aggregateFunction && name != "count_star" {
		return invalid("window functions are row_number, rank, dense_rank, lag, lead, first_value, last_value and the aggregates", "%s does not go with OVER", name)
	}
	lists := [][]node{e.children("children"), e.children("partitions")}
	for _, key := range []string{"start_expr", "end_expr", "offset_expr", "default_expr", "filter_expr"} {
		if x := e.child(key); x != nil {
			lists = append(lists, []node{x})
		}
	}
	for _, l := range lists {
		if err := c.all(l, sc); err != nil {
			return err
		}
	}
	for _, key := range []string{"orders", "arg_orders"} {
		if err := c.orders(node{"type": "ORDER_MODIFIER", "orders": e[key]}, sc); err != nil {
			return err
		}
	}
	return nil
}
