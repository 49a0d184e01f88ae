package nightjar

import "time"

// SegmentFormat is the format of the segments that are written now. 1 was the
// first; 2 added the column place_source.
const SegmentFormat = 2

// Segment is one immutable Parquet file of one tenant, as its catalog row
// describes it. It exists if and only if that row is committed.
type Segment struct {
	ID     int64
	Tenant TenantID
	// Table is the only table in the file, or "" for a fresh segment, which
	// holds the events of one commit whatever their table.
	Table Table
	// Day is the UTC event day of a compacted segment; zero for a fresh one.
	Day      time.Time
	Path     string // relative to the journal's directory
	Rows     int64
	RawBytes int64 // sum of the lengths of raw
	Bytes    int64 // size of the Parquet file
	SHA256   string
	// TokenPath is the file of token filters beside it, one filter a row group; relative.
	TokenPath   string
	TokenSHA256 string
	MinTime     time.Time // of the events, inclusive
	MaxTime     time.Time // of the events, inclusive
	MinSeq      int64
	MaxSeq      int64
	Tables      map[Table]int64 // rows by table
	// Format says which columns the file has; see SegmentFormat.
	Format  int
	Created time.Time
}
