package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"golang.org/x/term"

	"github.com/nightjar-sec/nightjar"
)

// Process is what a command sees of the process that it runs in.
type Process struct {
	Args   []string // without the program's name
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer
	// Env looks a variable of the environment up.
	Env func(string) (string, bool)
	// Names are the names of all variables; nil when they are not known.
	Names []string
	// Terminal says whether standard error is a terminal: progress then
	// rewrites its line, and questions may be asked.
	Terminal bool
	// OutTerminal says the same of standard output: JSON then shows every
	// character that a terminal might act upon as an escape.
	OutTerminal bool
}

// Main runs the command line of this process and returns its exit code.
func Main() int {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		cancel(&nightjar.Error{Code: nightjar.CodeInterrupted, Message: "interrupted"})
		// From the second signal on, the system's own way of ending applies:
		// nobody should have to wait for a shutdown that hangs.
		signal.Stop(signals)
	}()
	return Run(ctx, Process{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Env: os.LookupEnv, Names: variableNames(os.Environ()),
		Terminal: term.IsTerminal(int(os.Stderr.Fd())), OutTerminal: term.IsTerminal(int(os.Stdout.Fd())),
	})
}

// variableNames takes the names out of an environment.
func variableNames(environment []string) []string {
	names := make([]string, len(environment))
	for i, v := range environment {
		names[i], _, _ = strings.Cut(v, "=")
	}
	return names
}

// Run runs one command line and returns its exit code.
func Run(ctx context.Context, p Process) int {
	root := newRoot(p) //nolint:contextcheck // each command takes its context from cobra
	root.SetArgs(p.Args)
	err := root.ExecuteContext(ctx)
	if cause := context.Cause(ctx); err != nil && nightjar.CodeOf(cause) == nightjar.CodeInterrupted && isCancelled(err) {
		// Whatever the parts say about a context that ended, the person
		// pressed ctrl-C, and that is the news.
		err = cause
	}
	if err != nil {
		printError(p, err)
	}
	return exitCode(err)
}

// isCancelled reports whether err says only that a context ended. A part that
// has more to say, such as how to go on, has a code of its own.
func isCancelled(err error) bool {
	var silent *silentError
	return nightjar.CodeOf(err) == nightjar.CodeInternal && !errors.As(err, &silent)
}
