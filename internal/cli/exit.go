package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/nightjar-sec/nightjar"
)

// The exit codes, as docs/cli.md promises them.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitFindings    = 3 // only with --fail-on
	exitAuth        = 4
	exitPartial     = 5
	exitInterrupted = 130
)

// findingsError ends a command that worked and found what --fail-on names.
type findingsError struct{ what string }

func (e *findingsError) Error() string { return e.what }

// silentError carries an exit code whose reason the command has printed already.
type silentError struct{ code int }

func (e *silentError) Error() string { return fmt.Sprintf("exit code %d", e.code) }

func exitCode(err error) int {
	var findings *findingsError
	var silent *silentError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &silent):
		return silent.code
	case errors.As(err, &findings):
		return exitFindings
	}
	switch nightjar.CodeOf(err) {
	case nightjar.CodeInvalid:
		return exitUsage
	case nightjar.CodeUnauthorized, nightjar.CodeForbidden, nightjar.CodeUnauthenticated:
		return exitAuth
	case nightjar.CodeIncomplete:
		return exitPartial
	case nightjar.CodeInterrupted:
		return exitInterrupted
	default:
		return exitFailed
	}
}

// printError writes what went wrong, and below it what to try.
func printError(p Process, err error) {
	if _, silent := errors.AsType[*silentError](err); silent {
		return
	}
	message := safe(strings.TrimSpace(strings.ReplaceAll(err.Error(), "\t", " ")))
	fmt.Fprintln(p.Stderr, "Error: "+strings.ReplaceAll(message, "\n", "\n       "))
	if hint := nightjar.HintOf(unwrapToError(err)); hint != "" {
		fmt.Fprintln(p.Stderr, "Try: "+safe(hint))
	}
}

// unwrapToError returns the first nightjar.Error of the chain, which carries the hint.
func unwrapToError(err error) error {
	if e, ok := errors.AsType[*nightjar.Error](err); ok {
		return e
	}
	return err
}

func usageError(hint, format string, args ...any) error {
	return &nightjar.Error{Code: nightjar.CodeInvalid, Message: fmt.Sprintf(format, args...), Hint: hint}
}
