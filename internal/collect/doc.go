// Package collect brings the five feeds of the Management Activity API into
// the journal, and keeps the ledger that proves it.
//
// Every tenant and feed has its own loops: one lists content by overlapping
// windows and records each blob before anything else happens to it, the other
// fetches blobs, the earliest expiry first. What is fetched gathers for up to
// a second and enters the journal together with the ledger rows that say so,
// in one transaction; so a kill at any moment leaves either both or neither.
//
// It does not speak HTTP (m365 does), does not read events (normalise does),
// and does not store them (journal does). It decides what to ask for, when,
// in which order, and what each answer means for the ledger.
package collect
