package ruleset

import (
	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// Kind is what sort of rule it is.
type Kind string

// The kinds of rules.
const (
	Detection   Kind = "detection"   // one event answers it
	Correlation Kind = "correlation" // events over time do
	Query       Kind = "query"       // a question in SQL, asked on time
	Warning     Kind = "warning"     // a health warning becomes a finding
)

// Info is what is known of a rule besides what it asks.
type Info struct {
	*sigma.Meta
	Kind    Kind
	Pack    string
	Folder  string // name of its Folder
	Shipped bool
	// Alerts says that what it finds is a finding: it is not informational, and
	// no mere part of a correlation.
	Alerts   bool
	Severity nightjar.Severity
	Block
	// Text is its document as it is written in the file.
	Text string
	// Uses are the labels of the rules that a correlation refers to.
	Uses []string
	// Scheduled is what rules of the kinds Query and Warning say; nil of others.
	Scheduled *Scheduled

	sequence bool // it needs all of them
}

// Block is the attribute nightjar of a rule.
type Block struct {
	Entities   []Entity
	Group      []nightjar.EntityKind // empty: user if there is one, else all
	Reason     string                // a sentence with {fields}; "" when not stated
	Response   []string
	Parameters []Parameter
	Tests      []Test
}

// Entity says where a rule has a kind of entity.
type Entity struct {
	Kind   nightjar.EntityKind
	Fields []string // the first that has values counts
}
