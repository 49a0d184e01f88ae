package sigma

import (
	"fmt"

	"github.com/nightjar-sec/nightjar"
)

// Fault is something wrong with a rule, where it is written.
type Fault struct {
	File string
	Line int    // 1 is the first; 0 when no line can be named
	Rule string // id, name or title of the rule, as far as it was read
	// Warning says that the rule is loaded all the same.
	Warning bool
	Err     *nightjar.Error
}

// String writes the fault as compilers do: file:line: reason.
func (f *Fault) String() string {
	where := f.File
	if f.Line > 0 {
		where = fmt.Sprintf("%s:%d", f.File, f.Line)
	}
	kind := ""
	if f.Warning {
		kind = "warning: "
	}
	return where + ": " + kind + f.Err.Error()
}

// lineError is a reason with its line, on its way to become a Fault.
type lineError struct {
	line int
	err  *nightjar.Error
}

func (e *lineError) Error() string { return e.err.Error() }
func (e *lineError) Unwrap() error { return e.err }

// invalid says that what stands at line breaks a rule of Sigma's.
func invalid(line int, format string, args ...any) error {
	return &lineError{line, &nightjar.Error{Code: nightjar.CodeInvalid, Message: fmt.Sprintf(format, args...)}}
}

// missing says that what is named at line does not exist.
func missing(line int, hint, format string, args ...any) error {
	return &lineError{line, &nightjar.Error{Code: nightjar.CodeNotFound, Message: fmt.Sprintf(format, args...), Hint: hint}}
}

// tooMuch says that what stands at line passes a limit.
func tooMuch(line int, format string, args ...any) error {
	return &lineError{line, &nightjar.Error{Code: nightjar.CodeLimit, Message: fmt.Sprintf(format, args...)}}
}
