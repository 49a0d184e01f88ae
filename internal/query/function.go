package query

// FunctionDoc describes one function of the language.
type FunctionDoc struct {
	Name    string
	Usage   string
	Text    string
	Example string // a whole query
	kind    functionKind
}

type functionKind int

const (
	scalarFunction functionKind = iota
	aggregateFunction
	windowFunction
	implicitFunction // what the parser makes of operators and literals
)

// Functions returns the functions of the language, in the order of the
// manual. They give the same answers on the engines that Nightjar supports.
func Functions() []FunctionDoc {
	s, a, w := scalarFunction, aggregateFunction, windowFunction
	return []FunctionDoc{
		{"tbucket", "tbucket(interval, time)", "start of the interval that a time falls in", "SELECT tbucket(INTERVAL '5 minutes', time) AS bucket, count(*) AS n FROM management GROUP BY ALL ORDER BY bucket", s},
		{"now", "now()", "the current time, UTC", "SELECT count(*) AS n FROM management WHERE time > now() - INTERVAL '1 day'", s},
		{"date_trunc", "date_trunc('unit', time)", "time cut down to second, minute, hour, day, week, month or year", "SELECT date_trunc('hour', time) AS h, count(*) AS n FROM management GROUP BY h ORDER BY h", s},
		{"date_part", "extract(unit FROM time)", "one part of a time as a number", "SELECT extract(hour FROM time) AS h, count(*) AS n FROM azure_ad GROUP BY h ORDER BY h", s},
		{"epoch", "epoch(time)", "seconds since 1970-01-01", "SELECT epoch(max(time)) - epoch(min(time)) AS span FROM management", s},
		{"json_value", "json_value(json, '$.path')", "text at a path in JSON, '' when absent", "SELECT json_value(raw, '$.ErrorNumber') AS e, count(*) AS n FROM azure_ad GROUP BY e ORDER BY e", s},
		{"has_token", "has_token(text, 'word')", "whether text has the word, without case, between other characters; the fast way to search raw", "SELECT time, user_id, operation FROM management WHERE has_token(raw, 'payroll') ORDER BY time", s},
		{"contains", "contains(text, part)", "whether part is in text, with case", "SELECT count(*) AS n FROM sharepoint WHERE contains(object_id, '/sites/hr/')", s},
		{"starts_with", "starts_with(text, part)", "whether text begins with part", "SELECT count(*) AS n FROM management WHERE starts_with(user_id, 'anna')", s},
		{"ends_with", "ends_with(text, part)", "whether text ends with part", "SELECT count(*) AS n FROM management WHERE ends_with(user_id, '@contoso.example')", s},
		{"regexp_matches", "regexp_matches(text, 'pattern')", "whether an RE2 pattern matches somewhere", `SELECT count(*) AS n FROM sharepoint WHERE regexp_matches(object_id, '_[0-9]{3}\.docx$')`, s},
		{"lower", "lower(text)", "text in lower case", "SELECT lower(workload) AS w, count(*) AS n FROM management GROUP BY w ORDER BY w", s},
		{"upper", "upper(text)", "text in upper case", "SELECT upper(workload) AS w, count(*) AS n FROM management GROUP BY w ORDER BY w", s},
		{"length", "length(text)", "number of characters", "SELECT max(length(raw)) AS longest FROM management", s},
		{"substring", "substring(text, from, count)", "part of text; the first character is 1", "SELECT substring(user_id, 1, 3) AS p, count(*) AS n FROM management GROUP BY p ORDER BY p", s},
		{"split_part", "split_part(text, separator, n)", "the n-th part of text; the first is 1", "SELECT split_part(user_id, '@', 2) AS domain, count(*) AS n FROM management GROUP BY domain ORDER BY domain", s},
		{"trim", "trim(text)", "text without spaces at its ends", "SELECT trim('  a ') AS t", s},
		{"replace", "replace(text, from, to)", "text with each from replaced", "SELECT replace('a-b', '-', '+') AS t", s},
		{"concat", "concat(a, b, …)", "texts joined; a || b does the same", "SELECT concat(workload, ':', operation) AS k, count(*) AS n FROM management GROUP BY k ORDER BY k", s},
		{"nullif", "nullif(a, b)", "NULL when both are equal, otherwise a", "SELECT coalesce(nullif(country, ''), '(unknown)') AS c, count(*) AS n FROM management GROUP BY c ORDER BY c", s},
		{"abs", "abs(n)", "without its sign", "SELECT abs(-3) AS n", s},
		{"round", "round(n, digits)", "rounded", "SELECT round(2.345, 1) AS n", s},
		{"floor", "floor(n)", "next whole number below", "SELECT floor(2.7) AS n", s},
		{"ceil", "ceil(n)", "next whole number above", "SELECT ceil(2.1) AS n", s},
		{"greatest", "greatest(a, b, …)", "the largest", "SELECT greatest(1, 3, 2) AS n", s},
		{"least", "least(a, b, …)", "the smallest", "SELECT least(1, 3, 2) AS n", s},
		{"list_contains", "list_contains(list, value)", "whether a list has the value", "SELECT list_contains(array_agg(DISTINCT country), 'NG') AS ng FROM azure_ad", s},
		{"count", "count(*), count(x), count(DISTINCT x)", "number of rows, of values, of distinct values", "SELECT count(*) AS n, count(DISTINCT user_id) AS users FROM management", a},
		{"count_if", "count_if(condition)", "number of rows where it holds", "SELECT count_if(operation = 'UserLoginFailed') AS failed FROM azure_ad", a},
		{"sum", "sum(n)", "the sum", "SELECT sum(record_type) AS s FROM management", a},
		{"avg", "avg(n)", "the mean", "SELECT avg(record_type) AS a FROM management", a},
		{"min", "min(x)", "the smallest", "SELECT min(time) AS first FROM management", a},
		{"max", "max(x)", "the largest", "SELECT max(time) AS last FROM management", a},
		{"arg_max", "arg_max(x, by)", "x of the row where by is largest", "SELECT user_id, arg_max(client_ip, time) AS last_ip FROM azure_ad GROUP BY user_id ORDER BY user_id", a},
		{"arg_min", "arg_min(x, by)", "x of the row where by is smallest", "SELECT user_id, arg_min(client_ip, time) AS first_ip FROM azure_ad GROUP BY user_id ORDER BY user_id", a},
		{"approx_count_distinct", "approx_count_distinct(x)", "number of distinct values, about 2 % off", "SELECT approx_count_distinct(user_id) AS users FROM management", a},
		{"quantile_cont", "quantile_cont(n, fraction)", "the quantile, interpolated", "SELECT quantile_cont(record_type, 0.5) AS median FROM management", a},
		{"array_agg", "array_agg(DISTINCT x)", "the values as a list", "SELECT user_id, array_agg(DISTINCT country) AS countries FROM azure_ad GROUP BY user_id ORDER BY user_id", a},
		{"row_number", "row_number() OVER (…)", "number of the row in its window", "SELECT user_id, time FROM azure_ad QUALIFY row_number() OVER (PARTITION BY user_id ORDER BY time DESC) = 1 ORDER BY user_id", w},
		{"rank", "rank() OVER (…)", "rank with gaps", "SELECT operation, rank() OVER (ORDER BY count(*) DESC) AS r FROM management GROUP BY operation ORDER BY r, operation", w},
		{"dense_rank", "dense_rank() OVER (…)", "rank without gaps", "SELECT operation, dense_rank() OVER (ORDER BY count(*) DESC) AS r FROM management GROUP BY operation ORDER BY r, operation", w},
		{"lag", "lag(x) OVER (…)", "x of the row before", "SELECT user_id, time, lag(nullif(country, '')) OVER (PARTITION BY user_id ORDER BY time, id) AS before FROM azure_ad ORDER BY user_id, time", w},
		{"lead", "lead(x) OVER (…)", "x of the row after", "SELECT user_id, time, lead(time) OVER (PARTITION BY user_id ORDER BY time, id) AS following FROM azure_ad ORDER BY user_id, time", w},
		{"first_value", "first_value(x) OVER (…)", "x of the first row of the window", "SELECT user_id, first_value(client_ip) OVER (PARTITION BY user_id ORDER BY time, id) AS ip FROM azure_ad ORDER BY user_id", w},
		{"last_value", "last_value(x) OVER (…)", "x of the last row of the window", "SELECT user_id, last_value(client_ip) OVER (PARTITION BY user_id ORDER BY time, id) AS ip FROM azure_ad ORDER BY user_id", w},
	}
}

// implicitNames are what the parser itself writes for operators and literals:
// a LIKE b, a || b, [a, b], (a, b), INTERVAL 1 DAY, count(*).
func implicitNames() []string {
	return []string{
		"+", "-", "*", "/", "%", "||", "~~", "!~~", "count_star", "list_value", "row", "trunc",
		"to_microseconds", "to_milliseconds", "to_seconds", "to_minutes", "to_hours", "to_days", "to_weeks", "to_months", "to_years",
	}
}

// aliases are other spellings that mean the same.
func aliases() map[string]string {
	return map[string]string{
		"substr": "substring", "strlen": "length", "len": "length", "ceiling": "ceil", "datepart": "date_part",
		"datetrunc": "date_trunc", "argmax": "arg_max", "max_by": "arg_max", "argmin": "arg_min", "min_by": "arg_min",
		"list_has": "list_contains", "array_contains": "list_contains", "get_current_timestamp": "now",
		"mean": "avg", "list": "array_agg", "prefix": "starts_with", "suffix": "ends_with",
	}
}

// insteadOf is what to write for words of one engine only.
func insteadOf() map[string]string {
	unnest := "lists cannot be unfolded into rows; take one element with json_value(raw, '$.Members[0].UPN'), or test a list with list_contains"
	like := "compare in one case: contains(lower(x), 'text'), or has_token(raw, 'word')"
	json := "write json_value(raw, '$.Name')"
	file := "only the tables are readable: " + tableNames()
	m := map[string]string{
		"unnest": unnest, "unlist": unnest, "~~*": like, "!~~*": like, "ilike_escape": like, "not_ilike_escape": like,
		"like_escape": "write contains, starts_with or regexp_matches", "not_like_escape": "write contains, starts_with or regexp_matches",
		"~~~": "write regexp_matches or LIKE", "glob": "write regexp_matches or LIKE",
		"time_bucket": "write tbucket(INTERVAL '5 minutes', time)", "json_extract": json, "json_extract_string": json,
		"json_extract_path_text": json, "->": json, "->>": json,
		"regexp_full_match": "write regexp_matches(x, '^…$')", "regexp_extract": "write split_part or substring",
		"position": "write contains", "instr": "write contains", "strpos": "write contains",
		"median": "write quantile_cont(x, 0.5)", "quantile": "write quantile_cont(x, 0.5)", "mode": "count and order instead",
		"//": "write floor(a / b)", "**": "write a * a", "^": "write a * a", "pow": "write a * a",
		"current_setting": "settings are not readable", "getenv": "the environment is not readable",
		"query": "only the tables are readable", "query_table": "name the table directly",
		"struct_pack": "select the columns one by one", "if": "write CASE WHEN … THEN … ELSE … END", "ifnull": "write coalesce",
		"repeat":   "it can make texts larger than memory; there is nothing in its place",
		"strftime": "write date_trunc or extract", "string_agg": "write array_agg", "group_concat": "write array_agg",
		"today": "write date_trunc('day', now())", "age": "subtract: epoch(a) - epoch(b)", "date_diff": "subtract: epoch(a) - epoch(b)",
		"range": "write the values one by one", "generate_series": "write the values one by one",
	}
	for _, f := range []string{"read_parquet", "parquet_scan", "read_csv", "read_csv_auto", "read_json", "read_json_auto", "read_text", "read_blob", "glob", "sniff_csv", "parquet_metadata", "parquet_schema"} {
		if f != "glob" {
			m[f] = file
		}
	}
	return m
}
