package ruleset

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// namedPlaces is how many broken files a hint names.
const namedPlaces = 3

// Missing says why there is no rule of a label: its file cannot be read, or
// nobody wrote it, or it may stand in one of the files that cannot be read. hint
// is for where none is broken.
func (s *Set) Missing(label, hint string) *nightjar.Error {
	var files, places []string
	for _, f := range s.Faults {
		if f.Warning {
			continue
		}
		if label != "" && (f.Rule == label || s.names(f.File, label)) {
			return &nightjar.Error{
				Code: nightjar.CodeNotFound, Message: fmt.Sprintf("the rule %.200q cannot be read at present: %s", label, f),
				Hint: "mend " + f.File + "; where nightjar serve runs since it was good, it keeps that version in force, and the console can change it",
			}
		}
		if !slices.Contains(files, f.File) {
			files, places = append(files, f.File), append(places, place(f))
		}
	}
	if n := len(places); n > 0 {
		if n > namedPlaces {
			places = append(places[:namedPlaces], fmt.Sprintf("%d more", n-namedPlaces))
		}
		hint = "it may stand in what cannot be read: " + strings.Join(places, ", ") + "; nightjar rule check says why"
	}
	return &nightjar.Error{Code: nightjar.CodeNotFound, Message: fmt.Sprintf("there is no rule %.200q", label), Hint: hint}
}

// Unread reports whether something of the rules cannot be read.
func (s *Set) Unread() bool {
	return slices.ContainsFunc(s.Faults, func(f *sigma.Fault) bool { return !f.Warning })
}

// place is where a fault is, as compilers say it.
func place(f *sigma.Fault) string {
	if f.Line == 0 {
		return f.File
	}
	return fmt.Sprintf("%s:%d", f.File, f.Line)
}

// names reports whether the text of a file that is no YAML has a rule of a
// label, as people write it: id, name or title at the beginning of a line.
func (s *Set) names(file, label string) bool {
	for line := range strings.Lines(string(s.texts[file])) {
		key, value, _ := strings.Cut(line, ":")
		if key != "id" && key != "name" && key != "title" {
			continue
		}
		value, _, _ = strings.Cut(value, " #")
		if strings.Trim(strings.TrimSpace(value), `"'`) == label {
			return true
		}
	}
	return false
}
