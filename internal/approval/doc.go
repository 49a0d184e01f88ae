// Package approval keeps what waits for a second person: who asked, for what
// exactly, who agreed, and whether it was done.
//
// One person asks and another one, with the same permission for the same
// tenant, grants or refuses. What was asked for is kept with its SHA-256 and
// never changes. A grant is used at most once: Use takes it in the transaction
// of the change itself, so that neither is without the other. An ask waits an
// hour, and a grant that was not used waits another. Each step is on the audit
// log in its own transaction.
//
// The package does nothing of what is asked for and knows no HTTP: which
// operations need a second person, what they do, and whether who asked may
// still do it are the caller's business. No secret enters it.
package approval
