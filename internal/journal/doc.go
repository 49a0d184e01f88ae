// Package journal is the spine: an ordered log of immutable segments, each one
// Parquet file of one tenant with a row in the catalog, and the readers of it.
//
// Events come from collect through Append, are kept once by (tenant, id), and
// go to query as files and to everything else through a Reader with a durable
// cursor. The journal fetches nothing, parses no event and evaluates no query.
//
// A commit is: write the file under a temporary name, fsync it, rename it,
// fsync the folder, then one catalog transaction with the segment's row and
// whatever the caller must have true at the same moment. A crash before the
// transaction leaves a file without a row, which Sweep removes; a row without a
// file cannot occur. After an fsync error nothing that was written since the
// last success can be trusted, so every later Append returns ErrStop.
//
// The file format, which is the user's to read, is in docs/journal-format.md;
// the failpoints for crash tests are listed there too.
package journal
