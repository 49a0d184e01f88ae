package query

// Column is one column of an answer.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"` // DuckDB's name of the type: VARCHAR, BIGINT, TIMESTAMP, …
}

// setup tells a worker what it may see, before it sees any SQL.
type setup struct {
	Directories []string `json:"directories"` // absolute; the only files it will be able to open
	MemoryBytes int64    `json:"memory_bytes"`
	Threads     int      `json:"threads"`
}

// job is one checked query.
type job struct {
	Prepare  []string `json:"prepare"` // views over the chosen segments, ours
	Tree     string   `json:"tree"`    // the checked and rewritten syntax tree
	Direct   string   `json:"direct"`  // unchecked SQL; a worker ignores it outside of tests
	LateBase []string `json:"late"`    // files that late raw references number, see late.go
	CPU      int64    `json:"cpu"`     // seconds of CPU time
	MaxBytes int64    `json:"max_bytes"`

	files []string // that it reads
}

// workerError is what went wrong inside a worker, as DuckDB says it.
type workerError struct {
	Message string `json:"message"`
	Limit   string `json:"limit,omitempty"` // "memory" or "bytes" when a limit was reached
}

// Capabilities says which layers of the sandbox a worker's kernel gave it.
type Capabilities struct {
	Landlock    int  `json:"landlock"`     // ABI version, 0 when the kernel has none
	Seccomp     bool `json:"seccomp"`      // system call filter in force
	AddressRoom bool `json:"address_room"` // RLIMIT_AS in force
}

// Missing names the layers that the kernel does not give, in words.
func (c Capabilities) Missing() []string {
	var out []string
	if c.Landlock == 0 {
		out = append(out, "other files are not out of reach (Landlock)")
	}
	if !c.Seccomp {
		out = append(out, "network and new processes are not out of reach (seccomp)")
	}
	if !c.AddressRoom {
		out = append(out, "memory is bounded by DuckDB alone (RLIMIT_AS)")
	}
	return out
}
