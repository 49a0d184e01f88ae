package ruleset

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/nightjar-sec/nightjar"
)

// panicked is what a file of rules made us do wrong. People are told the first
// words of it; the stack is for the log.
type panicked struct {
	value string
	stack []byte
}

func (p *panicked) Error() string { return p.value }

// maxPanicWords bounds what is told of a panic.
const maxPanicWords = 80

// guard makes of a panic an error: what one file makes us do wrong is a fault of
// that file, and no reason to stop watching with all others.
func guard(read func()) (err error) {
	defer func() {
		if r := recover(); r != nil {
			value := fmt.Sprint(r)
			err = &nightjar.Error{
				Code: nightjar.CodeInternal, Message: "this file cannot be read, by a mistake of Nightjar's", Hint: "report it, with the file",
				Err: &panicked{strings.ToValidUTF8(value[:min(len(value), maxPanicWords)], ""), debug.Stack()},
			}
		}
	}()
	read()
	return nil
}

// logPanics logs where files made us panic, once until they are read again
// without: the folders are read anew every few seconds.
func (k *Keeper) logPanics(ctx context.Context, set *Set) {
	now := map[string]bool{}
	for _, f := range set.Faults {
		p, ok := errors.AsType[*panicked](f.Err)
		if !ok || now[f.File] {
			continue
		}
		if now[f.File] = true; !k.panics[f.File] {
			k.log.ErrorContext(ctx, "a file of rules made its reader panic", "file", f.File, "panic", p.value, "stack", string(p.stack))
		}
	}
	k.panics = now
}
