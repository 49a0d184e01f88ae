package ruleset

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// file is a file of rules, read but for what tenants may change.
type file struct {
	source
	docs   []*yaml.Node // Sigma's
	labels []string     // of docs
	names  [][]string   // of docs: id and name
	own    []map[string]Parameter
	timed  []*yaml.Node // documents of rules that are asked on time
	bad    []bool       // documents that are rejected, or not asked for
	wrong  []bool       // of a file that nobody named: those that are rejected
	// adopted says that nobody named the file, and that others rest on some of it.
	adopted bool
	faults  *sigma.Collection // why some of it is not read
}

// readFile splits a file and finds its parameters.
func readFile(s source) *file {
	f := &file{source: s, faults: &sigma.Collection{}}
	if err := guard(func() { f.read() }); err != nil {
		// What was read until then may be half of a rule.
		f = &file{source: s, faults: &sigma.Collection{}}
		f.faults.Reject(sigma.Meta{File: s.name}, err)
	}
	return f
}

func (f *file) read() {
	docs, err := sigma.Documents(f.data)
	if err != nil {
		f.faults.Reject(sigma.Meta{File: f.name}, err)
	}
	declared := false
	for _, doc := range docs {
		if isScheduled(doc) {
			f.timed = append(f.timed, doc)
			continue
		}
		meta, own, err := declarations(f.name, doc)
		if err != nil {
			f.faults.Reject(meta, err)
			continue
		}
		declared = declared || len(own) > 0
		f.names = append(f.names, []string{meta.ID, meta.Name})
		f.docs, f.labels, f.own = append(f.docs, doc), append(f.labels, meta.Label()), append(f.own, own)
	}
	if declared {
		f.dropUnresolved()
	}
}

// declarations reads the parameters of one document.
func declarations(name string, doc *yaml.Node) (sigma.Meta, map[string]Parameter, error) {
	meta, err := sigma.ReadMeta(name, doc)
	if err != nil {
		return meta, nil, err
	}
	block := meta.Custom[blockName]
	if block == nil {
		return meta, nil, nil
	}
	list, err := sigma.Entries(block)
	if err != nil {
		return meta, nil, err
	}
	own := map[string]Parameter{}
	for _, e := range list {
		if e.Key != "parameters" {
			continue
		}
		parameters, err := readParameters(e)
		if err != nil {
			return meta, nil, err
		}
		for _, p := range parameters {
			own[p.Name] = p
		}
	}
	return meta, own, nil
}

// parameter finds what %name% means in a document: its own parameter, else that
// of the one correlation that refers to it, else the one of that name in the
// file. at is the document that has it, -1 for none.
func (f *file) parameter(doc int, name string) (p Parameter, at int, several bool) {
	if p, ok := f.own[doc][name]; ok {
		return p, doc, false
	}
	at = -1
	users, user := 0, -1
	for i, own := range f.own {
		if other, ok := own[name]; ok {
			several = several || at >= 0
			p, at = other, i
			if f.refers(i, doc) {
				users, user = users+1, i
			}
		}
	}
	if several && users == 1 {
		return f.own[user][name], user, false
	}
	return p, at, several
}

// refers reports whether a document is a correlation about another one.
func (f *file) refers(from, to int) bool {
	return slices.ContainsFunc(references(f.docs[from]), func(ref string) bool { return slices.Contains(f.names[to], ref) })
}

// dropUnresolved rejects documents that use what is no parameter of the file.
func (f *file) dropUnresolved() {
	bad := map[int]error{}
	for i, doc := range f.docs {
		for _, part := range parts(doc) {
			holders(part, false, func(name string, line int) {
				_, at, several := f.parameter(i, name)
				switch {
				case bad[i] != nil:
				case at < 0:
					var names []string
					for _, own := range f.own {
						for known := range own {
							names = append(names, known)
						}
					}
					bad[i] = sigma.Invalid(line, "%%%s%% is no parameter of this file%s", name, meant(name, names))
				case several:
					bad[i] = sigma.Invalid(line, "%%%s%% is a parameter of several rules of this file: give them different names", name)
				}
			})
		}
	}
	f.bad = make([]bool, len(f.docs))
	for i, err := range bad {
		f.bad[i] = true
		f.faults.Reject(sigma.Meta{File: f.name, Line: f.docs[i].Line, ID: f.labels[i]}, err)
	}
}

// parts are the attributes of a rule in which parameters stand.
func parts(doc *yaml.Node) []*yaml.Node {
	var out []*yaml.Node
	for i := 0; i+1 < len(doc.Content); i += 2 {
		switch doc.Content[i].Value {
		case "detection", "correlation", "filter":
			out = append(out, doc.Content[i+1])
		}
	}
	return out
}

// overrides gives the value that a parameter of a rule has instead of its own;
// nil for none.
type overrides func(rule, parameter string) *yaml.Node

// expanded returns the documents with parameters in their places.
func (f *file) expanded(over overrides) []*yaml.Node {
	var out []*yaml.Node
	for i, doc := range f.docs {
		if f.bad != nil && f.bad[i] {
			continue
		}
		clone := *doc
		clone.Content = append([]*yaml.Node(nil), doc.Content...)
		for k := 0; k+1 < len(clone.Content); k += 2 {
			switch clone.Content[k].Value {
			case "detection", "correlation", "filter":
				clone.Content[k+1] = expand(clone.Content[k+1], func(name string) *yaml.Node {
					p, at, _ := f.parameter(i, name)
					if at < 0 {
						return nil
					}
					if v := over(f.labels[at], name); v != nil {
						return v
					}
					return p.node
				})
			}
		}
		out = append(out, &clone)
	}
	return out
}

// text returns the lines of a document as they are written.
func (f *file) text(line int) string {
	lines := strings.Split(string(f.data), "\n")
	if line < 1 || line > len(lines) {
		return ""
	}
	end := len(lines)
	for i := line; i < len(lines); i++ {
		if lines[i] == "---" || strings.HasPrefix(lines[i], "--- ") {
			end = i
			break
		}
	}
	return strings.TrimRight(strings.Join(lines[line-1:end], "\n"), "\n") + "\n"
}
