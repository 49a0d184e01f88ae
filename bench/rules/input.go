package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"

	"github.com/klauspost/compress/gzip"
	"go.yaml.in/yaml/v3"

	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// readEvents reads the events and counts their bytes.
func readEvents(name string) (events [][]byte, size int, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	buffered := bufio.NewReader(f)
	var in io.Reader = buffered
	if magic, err := buffered.Peek(2); err == nil && magic[0] == 0x1f && magic[1] == 0x8b {
		if in, err = gzip.NewReader(buffered); err != nil {
			return nil, 0, err
		}
	}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		events = append(events, bytes.Clone(lines.Bytes()))
		size += len(lines.Bytes())
	}
	if len(events) == 0 {
		return nil, 0, fmt.Errorf("%s has no events", name)
	}
	// The order of a file would let the processor guess what comes next.
	r := rand.New(rand.NewPCG(1, 1))
	r.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
	return events, size, lines.Err()
}

// makeRules reads the rules of a folder and adds changed copies until there
// are as many as wanted.
func makeRules(dir string, wanted int) ([]*sigma.Rule, error) {
	placeholders := map[string][]string{}
	for _, name := range []string{"LegitCountries", "ApprovedUserUpn", "Approved_Inviters", "Important_AppIds", "Known_Location", "KNOWN_LOCATION", "UnLegitCountries", "HomeTenantID"} {
		placeholders[name] = []string{"NL", "someone@contoso.com"}
	}
	c, err := sigma.Load([]string{dir}, sigma.Options{Placeholders: placeholders})
	if err != nil {
		return nil, err
	}
	const most = 150
	first := c.Rules[:min(len(c.Rules), most)]
	rules := slices.Clip(first)
	for copied := 1; len(rules) < wanted; copied++ {
		for _, r := range first {
			if len(rules) == wanted {
				break
			}
			changed, err := changedCopy(r, copied)
			if err != nil {
				return nil, err
			}
			rules = append(rules, changed)
		}
	}
	return rules, nil
}

// changedCopy reads a rule again with every literal changed.
func changedCopy(r *sigma.Rule, n int) (*sigma.Rule, error) {
	data, err := os.ReadFile(r.File)
	if err != nil {
		return nil, err
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, err
	}
	root := doc.Content[0]
	for i := 0; i+1 < len(root.Content); i += 2 {
		if root.Content[i].Value != "detection" {
			continue
		}
		detection := root.Content[i+1]
		for j := 0; j+1 < len(detection.Content); j += 2 {
			if detection.Content[j].Value != "condition" {
				changeLiterals(detection.Content[j+1], n)
			}
		}
	}
	if data, err = yaml.Marshal(&doc); err != nil {
		return nil, err
	}
	c := sigma.Parse(r.File, data, map[string][]string{})
	if len(c.Rules) != 1 {
		// Of a rule with a placeholder the name was changed: it stands for itself.
		return r, nil
	}
	return c.Rules[0], nil
}

// changeLiterals puts a number behind the first character of each text, and
// adds it to each number.
func changeLiterals(n *yaml.Node, by int) {
	switch n.Kind {
	case yaml.ScalarNode:
		switch {
		case n.Tag == "!!str" && len(n.Value) > 1 && n.Value[0] != '%':
			n.Value = fmt.Sprintf("%s%d%s", n.Value[:1], by, n.Value[1:])
		case n.Tag == "!!int":
			n.Value = fmt.Sprintf("%s%d", n.Value, by)
		}
	case yaml.MappingNode:
		for i := 1; i < len(n.Content); i += 2 {
			changeLiterals(n.Content[i], by)
		}
	default:
		for _, kid := range n.Content {
			changeLiterals(kid, by)
		}
	}
}
