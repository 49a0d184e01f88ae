package query

import "time"

// Limits bound one query. A zero field takes the engine's default.
type Limits struct {
	Memory  int64         // bytes that DuckDB may use; the process gets some room above it
	Wall    time.Duration // from the start of the query to its last row
	Rows    int64         // rows of the answer
	Bytes   int64         // bytes of the answer
	Threads int           // threads of the worker; only New's value counts
	// Hint is what to do where the time, the rows or the bytes end, when no
	// setting raises them.
	Hint string
}

// DefaultLimits are those of interactive work.
func DefaultLimits() Limits {
	return Limits{Memory: 512 << 20, Wall: 60 * time.Second, Rows: 100_000, Bytes: 256 << 20, Threads: 2}
}

func (l Limits) or(d Limits) Limits {
	if l.Memory <= 0 {
		l.Memory = d.Memory
	}
	if l.Wall <= 0 {
		l.Wall = d.Wall
	}
	if l.Rows <= 0 {
		l.Rows = d.Rows
	}
	if l.Bytes <= 0 {
		l.Bytes = d.Bytes
	}
	if l.Threads <= 0 {
		l.Threads = d.Threads
	}
	return l
}
