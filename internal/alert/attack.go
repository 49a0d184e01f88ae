package alert

import (
	"cmp"
	"slices"
	"strings"
)

// tactics are those of MITRE ATT&CK for enterprises, in the order of its
// matrix (https://attack.mitre.org/tactics/enterprise/, read 2026-11-22).
func tactics() []string {
	return []string{
		"reconnaissance", "resource-development", "initial-access", "execution", "persistence", "privilege-escalation", "defense-evasion",
		"credential-access", "discovery", "lateral-movement", "collection", "command-and-control", "exfiltration", "impact",
	}
}

// Tactics returns the tactics that tags name, in the order of the matrix.
func Tactics(tags []string) []string {
	var out []string
	for _, tag := range tags {
		name, is := strings.CutPrefix(strings.ToLower(tag), "attack.")
		if name = strings.ReplaceAll(name, "_", "-"); is && !numbered(name) && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	order := tactics()
	slices.SortFunc(out, func(a, b string) int {
		i, j := slices.Index(order, a), slices.Index(order, b)
		if i < 0 || j < 0 { // what the matrix does not have comes last
			return cmp.Or(cmp.Compare(j, i), strings.Compare(a, b))
		}
		return cmp.Compare(i, j)
	})
	return out
}

// Techniques returns the techniques that tags name, such as T1110.003.
func Techniques(tags []string) []string {
	var out []string
	for _, tag := range tags {
		name, is := strings.CutPrefix(strings.ToLower(tag), "attack.")
		if is && numbered(name) && name[0] == 't' && !slices.Contains(out, strings.ToUpper(name)) {
			out = append(out, strings.ToUpper(name))
		}
	}
	slices.Sort(out)
	return out
}

// numbered reports whether a tag names a technique, software or group: a
// letter and a number.
func numbered(name string) bool {
	return len(name) > 1 && strings.ContainsRune("tsg", rune(name[0])) && name[1] >= '0' && name[1] <= '9'
}
