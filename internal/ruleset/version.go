package ruleset

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// A rule's version is the fingerprint of what it asks and of whom it speaks:
// log source, detection or correlation with parameters in place, filters,
// exceptions, entities and group. Other words of it may change without what it
// has learned being lost.

// fingerprint writes the parts of a document that make its version.
func fingerprint(doc *yaml.Node) string {
	h := sha256.New()
	for i := 0; i+1 < len(doc.Content); i += 2 {
		switch key := doc.Content[i].Value; key {
		case "id", "name", "logsource", "detection", "correlation", "filter":
			_, _ = io.WriteString(h, key)
			writeNode(h, doc.Content[i+1])
		case blockName:
			block := doc.Content[i+1]
			for k := 0; k+1 < len(block.Content); k += 2 {
				if name := block.Content[k].Value; name == "entities" || name == "group" {
					_, _ = io.WriteString(h, name)
					writeNode(h, block.Content[k+1])
				}
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// writeNode writes a node so that no two different ones are written alike.
func writeNode(h hash.Hash, n *yaml.Node) {
	for range 10 {
		if n.Kind != yaml.AliasNode {
			break
		}
		n = n.Alias
	}
	fmt.Fprintf(h, "(%d %s %d:%s", n.Kind, n.Tag, len(n.Value), n.Value)
	for _, kid := range n.Content {
		writeNode(h, kid)
	}
	_, _ = io.WriteString(h, ")")
}

// versions computes the version of each rule of a variant, by label. docs are
// fingerprints of documents by file and line.
func versions(all *sigma.Collection, docs map[string]string, excepted map[string][]string) map[string]string {
	out := map[string]string{}
	filters := map[string]string{}
	for _, f := range all.Filters {
		filters[f.Label()] = docs[fmt.Sprintf("%s:%d", f.File, f.Line)]
	}
	refs := map[string][]string{} // reference -> labels
	add := func(m *sigma.Meta, more ...string) {
		parts := append([]string{docs[fmt.Sprintf("%s:%d", m.File, m.Line)], out[m.Label()]}, more...)
		parts = append(parts, excepted[m.Label()]...)
		h := sha256.New()
		_ = json.NewEncoder(h).Encode(parts) // texts can always be written
		out[m.Label()] = hex.EncodeToString(h.Sum(nil)[:16])
		for _, ref := range []string{m.ID, m.Name} {
			if ref != "" && !slices.Contains(refs[ref], m.Label()) {
				refs[ref] = append(refs[ref], m.Label())
			}
		}
	}
	for _, r := range all.Rules {
		var applied []string
		for _, f := range r.Filtered {
			applied = append(applied, filters[f])
		}
		add(&r.Meta, applied...)
	}
	// What a correlation rests on comes first; there are no circles.
	left := slices.Clone(all.Correlations)
	for len(left) > 0 {
		before := len(left)
		left = slices.DeleteFunc(left, func(c *sigma.Correlation) bool {
			for _, ref := range c.Rules {
				if slices.ContainsFunc(left, func(o *sigma.Correlation) bool { return o != c && (o.ID == ref || o.Name == ref) }) {
					return false
				}
			}
			var rests []string
			for _, ref := range c.Rules {
				for _, label := range refs[ref] {
					rests = append(rests, out[label])
				}
			}
			add(&c.Meta, rests...)
			return true
		})
		if len(left) == before {
			break
		}
	}
	return out
}
