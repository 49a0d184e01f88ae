package audit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// page is how many entries are read at once.
const page = 250

// Report says whether the chain holds.
type Report struct {
	Entries int64   `json:"entries"` // that were found to fit
	Head    Head    `json:"head"`
	Broken  *Broken `json:"broken,omitempty"` // nil when the chain holds
}

// Broken is the first place at which the chain does not hold.
type Broken struct {
	Seq    int64  `json:"seq"`
	Reason string `json:"reason"`
}

// VerifyOptions are the choices of VerifyWith.
type VerifyOptions struct {
	// Expect is a head that was kept elsewhere; zero when there is none.
	Expect Head
	// Progress is told now and then how many entries of how many were looked
	// at; nil tells nobody.
	Progress func(done, total int64)
}

// Verify walks the chain from its first entry to its head.
func (l *Log) Verify(ctx context.Context) (Report, error) { return l.VerifyWith(ctx, VerifyOptions{}) }

// VerifyWith is Verify with choices. It reads page by page without a lock:
// entries never change, so those that are appended meanwhile are looked at
// too. It ends with the error of ctx when that ends.
func (l *Log) VerifyWith(ctx context.Context, o VerifyOptions) (report Report, err error) {
	w := walk{expect: o.Expect}
	// Numbers below 1 are looked at as well: Append never gives them.
	for from := int64(math.MinInt64); w.broken == nil; from = w.last.Seq {
		if err := context.Cause(ctx); err != nil {
			return report, err
		}
		if report.Head, err = l.Head(ctx); errors.Is(err, sql.ErrNoRows) {
			w.fail(w.last.Seq+1, "cannot be told to be the end: the stored end of the log is gone")
			break
		} else if err != nil {
			return report, err
		}
		var rows []row
		if err := l.db.NewRaw(sqlAfter, from, page).Scan(ctx, &rows); err != nil {
			return report, fmt.Errorf("read the audit log after entry %d: %w", w.last.Seq, catalog.Translate(err))
		}
		// The rows up to the head before must be there; none may lie behind
		// the head after.
		after, err := l.Head(ctx)
		if err != nil {
			return report, err
		}
		w.before, w.after = report.Head, after
		for _, r := range rows {
			if w.step(r); w.broken != nil {
				break
			}
		}
		if o.Progress != nil {
			o.Progress(w.last.Seq, report.Head.Seq)
		}
		if len(rows) == 0 {
			break
		}
	}
	w.finish()
	report.Entries, report.Broken = w.last.Seq, w.broken
	return report, nil
}

// walk is the state of a verification.
type walk struct {
	expect        Head
	before, after Head // the stored end of the log around the reading of a page
	last          Head // the newest entry that fits
	broken        *Broken
}

func (w *walk) step(r row) {
	want := w.last.Seq + 1
	if r.Seq < want {
		w.fail(r.Seq, "was put before the first entry")
		return
	}
	if r.Seq > want {
		w.fail(want, "is missing; the next that is there is "+strconv.FormatInt(r.Seq, 10))
		return
	}
	if r.Seq > w.after.Seq {
		w.fail(r.Seq, "was inserted behind the end of the log")
		return
	}
	e, ok := r.entry()
	if !ok {
		w.fail(r.Seq, "was changed: it is not in the form that Nightjar writes")
		return
	}
	hash, err := hashOf(e, w.last.Hash)
	if err != nil || hash != r.Hash {
		w.fail(r.Seq, "was changed, moved or inserted: its hash does not fit its content and the entry before")
		return
	}
	if r.Seq == w.expect.Seq && r.Hash != w.expect.Hash {
		w.fail(r.Seq, "has another hash than the one that was kept: the log was written anew")
		return
	}
	w.last = Head{Seq: r.Seq, Hash: r.Hash}
}

// finish looks at what only the end of the walk shows.
func (w *walk) finish() {
	switch {
	case w.broken != nil:
	case w.last.Seq < w.before.Seq:
		w.fail(w.last.Seq+1, "is missing: the end of the log was cut off")
	case w.last.Hash != w.before.Hash:
		w.fail(w.last.Seq, "does not fit the stored end of the log")
	case w.last.Seq < w.expect.Seq:
		w.fail(w.last.Seq+1, fmt.Sprintf("is missing: entry %d was kept elsewhere, so the end of the log was cut off", w.expect.Seq))
	}
}

func (w *walk) fail(seq int64, reason string) { w.broken = &Broken{Seq: seq, Reason: reason} }

var headForm = regexp.MustCompile(`^([1-9][0-9]{0,17}):([0-9a-f]{64})$`)

// ParseHead reads a head in the form SEQ:HASH.
func ParseHead(s string) (Head, error) {
	m := headForm.FindStringSubmatch(strings.ToLower(strings.TrimSpace(s)))
	if m == nil {
		return Head{}, &nightjar.Error{
			Code: nightjar.CodeInvalid, Message: fmt.Sprintf("%.100q is no head of an audit log", s),
			Hint: "give what `nightjar audit verify` printed as head, e.g. 42:9f86d081884c7d65…",
		}
	}
	seq, err := strconv.ParseInt(m[1], 10, 64)
	return Head{Seq: seq, Hash: m[2]}, err
}
