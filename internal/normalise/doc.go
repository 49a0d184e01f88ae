// Package normalise turns the JSON records of the unified audit log into
// nightjar.Event: it splits a content blob's array into records
// (ArrayDecoder), reads each record's columns (Record), folds its Name/Value
// bags, and routes it to a table.
//
// It is pure: bytes in, values out, no I/O but the reader it is given, no
// clock, no state. It does not place addresses (that is geo's work) and never
// changes or drops what Microsoft sent: Event.Raw is the record byte for byte.
// The collector calls it; the journal stores what it returns. docs/tables.md
// names the source of every column.
package normalise
