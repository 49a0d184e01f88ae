package config

import "strings"

// Rules is where further rules come from.
type Rules struct {
	Paths string // folders, separated by commas
}

// Folders lists the folders.
func (r Rules) Folders() []string {
	var out []string
	for folder := range strings.SplitSeq(r.Paths, ",") {
		if folder = strings.TrimSpace(folder); folder != "" {
			out = append(out, folder)
		}
	}
	return out
}

func ruleOptions() []Option {
	return []Option{{
		Key: "rules.folders", Path: true, many: true,
		Doc:  "Folders with rules of your own, beside those that Nightjar ships; each may be a git checkout. They are watched: what changes in them is in force ten seconds later, and a file that is broken stays in force as it last was, until a restart. A list, or separated by commas.",
		bind: func(c *Config) any { return &c.Rules.Paths },
	}}
}
