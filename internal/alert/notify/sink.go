package notify

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// Sink sends messages to one channel. It is used by one goroutine at a time,
// beside which somebody may try the channel.
type Sink interface {
	// Send returns once the other side has taken the message, or says why not
	// with a *SendError. said is what it answered, for people.
	Send(ctx context.Context, m Message) (said string, err error)
	// Destination is where messages go, without what is secret.
	Destination() string
}

// OnDoubt is what becomes of a message that may or may not have arrived.
type OnDoubt string

// The choices.
const (
	DoubtSend OnDoubt = "send" // again, saying that it may have come before
	DoubtHold OnDoubt = "hold" // until somebody decides
)

// Kind is a sort of channel.
type Kind struct {
	Name   string
	Title  string
	Fields []Field
	// Idempotent says that the other side knows a message by its key, so that
	// one that is sent twice is seen once.
	Idempotent bool
	// Bundles says that one message can hold several notices.
	Bundles bool
	// States are told on routes that do not choose, beside the usual ones.
	States []State
	// New checks the settings and makes a sink of them. It asks nobody.
	New func(s Settings, e Environment) (Sink, error)
}

// Field is a setting of a kind.
type Field struct {
	Name   string
	Title  string
	Help   string
	Secret bool
	// Leads says that messages, and secrets with them, go where the field says.
	// When it changes, the other secrets have to be given again.
	Leads    bool
	Required bool
	Default  string
	Options  []string
	Example  string
}

// Settings are the values of a channel's fields.
type Settings struct {
	Values  map[string]string
	Secrets map[string]secret.Value
}

// Environment is what sinks need of the process.
type Environment struct {
	Guard *Guard
	Clock clock.Clock
	// Wall is the other side's time, also where Clock is that of a rehearsal.
	Wall clock.Clock
	// Random is where random numbers come from; never nil.
	Random io.Reader
	// Roots are trusted beside none other; nil means those of the system.
	Roots *x509.CertPool
	// Host is the name of this machine, and Version that of Nightjar.
	Host, Version string
}

// Reason says in one word why a message was not taken: a closed set, for metrics.
type Reason string

// The reasons.
const (
	ReasonUnreachable Reason = "unreachable" // no connection
	ReasonProxy       Reason = "proxy"       // the proxy cannot be reached, or does not connect
	ReasonTimeout     Reason = "timeout"     // no answer in time
	ReasonBroken      Reason = "broken"      // the connection broke off
	ReasonThrottled   Reason = "throttled"
	ReasonServer      Reason = "server"    // the other side has trouble
	ReasonRefused     Reason = "refused"   // the other side does not know us, or the address is wrong
	ReasonMessage     Reason = "message"   // the other side does not take this message
	ReasonForbidden   Reason = "forbidden" // our own guard
	ReasonSettings    Reason = "settings"  // the channel's settings do not make a sink
)

// SendError says why a message was not taken. Said must hold no secret.
type SendError struct {
	Reason Reason
	// Permanent: this message will never be taken.
	Permanent bool
	// Doubtful: it may have been taken all the same.
	Doubtful bool
	// RetryAfter is when the other side wants to be asked again; 0 when it did not say.
	RetryAfter time.Duration
	Message    string // a sentence for people
	Hint       string
	Said       string // the other side's answer, shortened
	Err        error  // for errors.Is; never shown
}

// Error returns the sentence.
func (e *SendError) Error() string { return e.Message }

// Refused reports whether the other side does not take this very message, so
// that it may take a smaller or a plainer one.
func Refused(err error) bool {
	e, ok := errors.AsType[*SendError](err)
	return ok && e.Permanent && e.Reason == ReasonMessage && !e.Doubtful
}

// Unwrap returns the cause.
func (e *SendError) Unwrap() error { return e.Err }

// sendError makes a SendError of any error of a sink.
func sendError(err error) *SendError {
	if e, ok := errors.AsType[*SendError](err); ok {
		return e
	}
	return &SendError{Reason: ReasonBroken, Doubtful: true, Message: "sending was interrupted", Err: err}
}

// Broken says of an error of the network what it means for a message. sent
// says whether the message may have left.
func Broken(err error, host string, sent bool) *SendError {
	e := &SendError{Reason: ReasonBroken, Doubtful: sent, Err: err, Message: fmt.Sprintf("the connection to %s broke off", host)}
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, errForbidden):
		e.Reason, e.Doubtful = ReasonForbidden, false
		e.Message, e.Hint = fmt.Sprintf("%s has an address in a network that Nightjar does not send to", host), "if that is meant, name the network in notify.allow_networks"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		e.Reason, e.Message = ReasonTimeout, fmt.Sprintf("%s did not answer in time", host)
	case !sent && neverThere(err):
		e.Reason, e.Message = ReasonUnreachable, fmt.Sprintf("%s cannot be reached", host)
		if why := plain(err); why != "" {
			e.Message += ": " + why
		}
	}
	return e
}
