package cli

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/nightjar-sec/nightjar/internal/clock"
)

// progress says on standard error how far long work is, in things and never in
// percent. On a terminal it rewrites one line; elsewhere it prints a line
// every few seconds, so that a log stays readable.
type progress struct {
	w        io.Writer
	terminal bool
	clock    clock.Clock

	mu    sync.Mutex
	last  time.Time
	shown bool // a line on the terminal waits to be rewritten
}

func newProgress(p Process) *progress {
	return &progress{w: p.Stderr, terminal: p.Terminal, clock: clock.Real()}
}

// say shows the present state. Too quick a succession is thinned out.
func (p *progress) say(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	pause := 5 * time.Second
	if p.terminal {
		pause = 200 * time.Millisecond
	}
	now := p.clock.Now()
	if now.Sub(p.last) < pause {
		return
	}
	p.last = now
	line := fmt.Sprintf(format, args...)
	if !p.terminal {
		fmt.Fprintln(p.w, line)
		return
	}
	// CSI K clears what the former, longer line left. It moves nothing and
	// has no colour, so NO_COLOR does not concern it.
	fmt.Fprintf(p.w, "\r%s\x1b[K", line)
	p.shown = true
}

// end leaves the last state on the terminal and begins a new line.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shown {
		fmt.Fprintln(p.w)
		p.shown = false
	}
}
