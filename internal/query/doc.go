// Package query answers SQL over the journal's Parquet segments.
//
// A question goes through four steps. DuckDB, inside a sandboxed worker
// process, parses it to a syntax tree; this process walks the tree with an
// allow-list and rewrites the functions of our own names; it then picks the
// segments and row groups that can hold an answer; the worker runs what was
// checked and streams rows back. The engine never runs in the daemon's own
// process: DuckDB is no sandbox, and a crash of it must cost one query.
//
// The package does not store anything, knows no HTTP and prints nothing.
package query
