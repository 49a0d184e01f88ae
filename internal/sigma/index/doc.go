// Package index says which Sigma rules an event matches, at a cost that hardly
// grows with the number of rules.
//
// The rules of a source are compiled into a set that never changes: each
// distinct test is a predicate with a number. One pass over the raw JSON finds
// the predicates that are true, by a hash of whole values and one Aho-Corasick
// automaton for each field; nothing is decoded that no rule names. Each rule
// has witnesses, predicates of which one must be true for it to match, and only
// rules with a true witness are evaluated, as a program of jumps over the
// predicates. Its answers are those of sigma.Plain, which tests hold it to.
//
// A Set may be shared; a Matcher belongs to one goroutine. Engine exchanges
// sets under running matchers. What a match leads to, and correlations over
// matches, are for the caller.
package index
