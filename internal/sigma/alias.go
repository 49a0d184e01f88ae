package sigma

import "go.yaml.in/yaml/v3"

// maxAliased is how many values a document may gain by aliases: far more than
// people write, far less than lists of lists of aliases can make.
const maxAliased = 100_000

// checkAliases rejects a document with a value that contains itself, or that
// grows beyond all bounds once its aliases are followed: whoever reads it
// later follows them without end.
func checkAliases(n *yaml.Node) error {
	within := map[*yaml.Node]bool{}
	gained := 0
	var walk func(n *yaml.Node, aliased bool) error
	walk = func(n *yaml.Node, aliased bool) error {
		if n.Kind == yaml.AliasNode {
			if within[n.Alias] {
				return invalid(n.Line, "the value of &%s contains itself", n.Value)
			}
			n, aliased = n.Alias, true
		}
		if aliased {
			if gained++; gained > maxAliased {
				return tooMuch(n.Line, "aliases make more than %d values of this document", maxAliased)
			}
		}
		if len(n.Content) == 0 {
			return nil
		}
		if n.Anchor != "" {
			within[n] = true
			defer delete(within, n)
		}
		for _, kid := range n.Content {
			if err := walk(kid, aliased); err != nil {
				return err
			}
		}
		return nil
	}
	return walk(n, false)
}
