package nightjar

import "errors"

// Code is the closed set of things that can go wrong, as programs see them.
// Decide on codes, never on the text of an error.
type Code string

// The codes. Each maps to one exit code of the command line (docs/cli.md).
const (
	CodeInternal     Code = "internal"     // a bug or an unexpected state of ours
	CodeInvalid      Code = "invalid"      // the user's input cannot be understood or breaks a rule
	CodeNotFound     Code = "not_found"    // what was named does not exist
	CodeConflict     Code = "conflict"     // it exists already, or is in use by another process
	CodeUnauthorized Code = "unauthorized" // Microsoft refused the credential, or consent is missing
	CodeForbidden    Code = "forbidden"    // the identity is known, the permission is missing
	// CodeUnauthenticated means that Nightjar does not know who asks: no
	// session, or a password, code or token that is not valid.
	CodeUnauthenticated Code = "unauthenticated"
	CodeThrottled       Code = "throttled"   // a quota is used up; try later
	CodeUnavailable     Code = "unavailable" // the other side or the network does not answer
	CodeIncomplete      Code = "incomplete"  // part of the work is done, part is not
	CodeLimit           Code = "limit"       // a limit of memory, time, rows or size was reached
	CodeCorrupt         Code = "corrupt"     // stored data fails its checksum or does not parse
	CodeDiskFull        Code = "disk_full"   // no space is left where data must go
	CodeInterrupted     Code = "interrupted" // the user or a shutdown stopped the work
)

// Error is the one domain error. Message is a sentence for people; Hint is the
// next command or click that helps; Err is the cause, for logs. Secrets never
// enter any of the three.
type Error struct {
	Code    Code
	Message string
	Hint    string
	Err     error
}

// Error returns the message and its cause.
func (e *Error) Error() string {
	if e.Err == nil {
		return e.Message
	}
	if e.Message == "" {
		return e.Err.Error()
	}
	return e.Message + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns the code of the outermost Error in err's chain,
// CodeInternal when there is none, and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return CodeInternal
}

// HintOf returns the first non-empty hint in err's chain.
func HintOf(err error) string {
	for err != nil {
		var e *Error
		if !errors.As(err, &e) {
			return ""
		}
		if e.Hint != "" {
			return e.Hint
		}
		err = e.Err
	}
	return ""
}
