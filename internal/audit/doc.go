// Package audit is Nightjar's own audit log: who did what, when and from
// where, in a chain that shows when it was tampered with.
//
// An entry is appended in the transaction of the change that it records, so
// that neither exists without the other. Each entry's hash covers its content
// and the hash of the entry before; Verify walks the chain and names the first
// entry that does not fit. Whoever keeps a head (a number and a hash) somewhere
// else can prove later that nothing up to it was rewritten, which the chain
// alone cannot: its holder could compute all of it anew.
//
// The package decides nothing: who may do what is access's business, and the
// words of an entry are in the root package. A Copier carries entries to the
// table audit of the journal, where people can query them.
package audit
