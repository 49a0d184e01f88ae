package app

import "time"

// Span is a stretch of time; a zero end is open. From is inclusive, To is exclusive.
type Span struct{ From, To time.Time }
