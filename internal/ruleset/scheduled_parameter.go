package ruleset

import (
	"slices"
	"strings"

	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// constant rejects a parameter where a rule that is asked on time has none: it
// would be the same for all tenants.
func constant(e sigma.Entry) error {
	text, _ := e.Text() // what is no text has its own fault
	if name := placeholder.FindString(text); name != "" && e.Key != "query" {
		return sigma.Invalid(e.Line, "%s stands in %s: parameters of such a rule stand in its query alone; write the number here, or compare in the query", name, e.Key)
	}
	return nil
}

// checkParameters rejects a question with a %name% that is no parameter. Within
// quotes it is a pattern of LIKE.
func (s *Scheduled) checkParameters(list []Parameter) error {
	var names []string
	for _, p := range list {
		names = append(names, p.Name)
	}
	for n, line := range strings.Split(unquoted(s.Query), "\n") {
		for _, name := range placeholder.FindAllString(line, -1) {
			name = strings.Trim(name, "%")
			if slices.Contains(names, name) {
				continue
			}
			if len(names) == 0 {
				return sigma.Invalid(s.line+n, "%%%s%% is no parameter: the rule has none", name)
			}
			return sigma.Invalid(s.line+n, "%%%s%% is no parameter of this rule%s", name, meant(name, names))
		}
	}
	return nil
}

// unquoted blanks the texts, quoted names and comments of a query; lines stay.
func unquoted(sql string) string {
	out := []byte(sql)
	end := ""
	for i := 0; i < len(out); i++ {
		c := out[i]
		switch {
		case end == "":
			switch {
			case c == '\'' || c == '"':
				end = string(c)
			case strings.HasPrefix(sql[i:], "--"):
				end = "\n"
			case strings.HasPrefix(sql[i:], "/*"):
				end = "*/"
			default:
				continue
			}
			out[i] = ' '
		case strings.HasPrefix(sql[i:], end):
			for k := range len(end) {
				if out[i+k] != '\n' {
					out[i+k] = ' '
				}
			}
			i += len(end) - 1
			end = ""
		case c != '\n':
			out[i] = ' '
		}
	}
	return string(out)
}
