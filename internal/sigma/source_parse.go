package sigma

import (
	"errors"
	"fmt"
	"strings"
)

// parseSource reads a schema (schema/README.txt).
func parseSource(data string) (*Source, error) {
	s := &Source{services: map[string][]string{}, fields: map[string]string{}, aliases: map[string][]Path{}}
	for i, line := range strings.Split(data, "\n") {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if err := s.parseLine(words[0], words[1:]); err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	return s, nil
}

func (s *Source) parseLine(verb string, words []string) error {
	switch verb {
	case "source":
		s.Name = strings.Join(words, " ")
	case "title":
		s.Title = strings.Join(words, " ")
	case "also":
		s.Also = append(s.Also, words...)
	case "collected":
		s.Collected = true
	case "route":
		return s.parseRoute(words)
	case "services":
		if len(words) < 2 {
			return errors.New("services of a product are missing")
		}
		s.services[words[0]] = append(s.services[words[0]], words[1:]...)
	case "field":
		for _, w := range words {
			// An object is a field too: what is in it counts as its values.
			written := strings.Split(w, ".")
			for n, steps := 0, Steps(w); n < len(steps); n++ {
				s.fields[strings.Join(steps[:n+1], ".")] = strings.Join(written[:n+1], ".")
			}
		}
	case "tree":
		for _, w := range words {
			s.trees = append(s.trees, strings.Join(Steps(w), "."))
		}
	case "alias":
		names, places, ok := strings.Cut(strings.Join(words, " "), "=")
		if !ok {
			return errors.New("alias without =")
		}
		for name := range strings.FieldsSeq(names) {
			key := strings.Join(Steps(name), ".")
			for place := range strings.FieldsSeq(places) {
				place, trim := strings.CutSuffix(place, "~")
				p := Path{Name: place, Steps: Steps(place), Trim: trim}
				if !s.has(p) {
					return fmt.Errorf("alias %s leads to %s, which the source does not have", name, place)
				}
				s.aliases[key] = append(s.aliases[key], p)
			}
		}
	default:
		return fmt.Errorf("unknown word %q", verb)
	}
	return nil
}

// parseRoute reads PRODUCT SERVICE [when FIELD VALUE...]; * fits all.
func (s *Source) parseRoute(words []string) error {
	if len(words) < 2 || len(words) > 2 && (len(words) < 5 || words[2] != "when") {
		return errors.New("a route is PRODUCT SERVICE [when FIELD VALUE...]")
	}
	r := route{product: strings.Trim(words[0], "*"), service: strings.Trim(words[1], "*")}
	if len(words) > 2 {
		var kids []*Expr
		for _, v := range words[4:] {
			kids = append(kids, leaf(&Test{Field: words[3], Op: OpPattern, Pattern: newPattern([]rune(v), true)}))
		}
		r.when = joined(Or, kids)
	}
	s.routes = append(s.routes, r)
	return nil
}
