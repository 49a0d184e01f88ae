package health

import (
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
)

// Severity says how much a warning matters.
type Severity string

// The severities.
const (
	SeverityInfo     Severity = "info"     // worth knowing
	SeverityWarning  Severity = "warning"  // act within days
	SeverityCritical Severity = "critical" // events are being lost, or soon will be
)

// Warning describes one condition that can be wrong.
type Warning struct {
	Code     nightjar.WarningCode
	Title    string
	Severity Severity
	// Text is the sentence that people read; {name} stands for an argument of
	// Set, and a word in braces that has no argument is shown as "unknown".
	Text string
	// Remedy is the next command or click that helps.
	Remedy string
	// DependsOn names the conditions that explain this one: while one of them
	// is visible for the same tenant or for the whole machine, this is hidden.
	DependsOn []nightjar.WarningCode
	// Whole says that the condition is of the tenant, or of the machine, as a
	// whole: when several sources report it, it is shown once, without source.
	Whole bool
	// VisibleAfter is how long the condition must last before it is shown.
	VisibleAfter time.Duration
}
