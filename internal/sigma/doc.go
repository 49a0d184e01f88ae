// Package sigma reads Sigma rules and says which of them an event matches.
//
// It reads detection rules, correlation rules and filters of the Sigma
// specification 2.1.0 (https://github.com/SigmaHQ/sigma-specification, read
// 2026-11-22), binds their fields to the fields that sources carry, and has
// the plain evaluator: slow and obviously right, the reference for
// internal/sigma/index, which does the work. What is found is the caller's to
// act on; the package knows no journal, no clock and no network.
//
// A rule that cannot be run as it is written is rejected with its file, line
// and reason. Nothing is loaded in part.
package sigma
