// Package nightjar holds the words that every other package speaks: tenant,
// feed, content blob, event, segment, table, and the one error type.
//
// It imports the standard library only and performs no I/O. Technology lives
// under internal/; the two meet in internal/app.
package nightjar
