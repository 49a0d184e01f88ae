package audit

import (
	"context"
	"errors"
	"strings"
	"testing"

	nightjar "github.com/nightjar-sec/nightjar"
)

// TestS27TamperingIsNamed does to a log what somebody with the database could
// do, and expects the first entry that is wrong.
func TestS27TamperingIsNamed(t *testing.T) {
	t.Parallel()
	const all = `seq, time, actor_kind, actor_id, actor_name, address, action, tenant, target, detail, outcome, hash`
	const rest = `time, actor_kind, actor_id, actor_name, address, action, tenant, target, detail, outcome, hash`
	for name, c := range map[string]struct {
		do     []string
		seq    int64
		reason string
	}{
		"an edited actor":   {[]string{"UPDATE audit_entries SET actor_name = 'Eve' WHERE seq = 3"}, 3, "changed"},
		"an edited detail":  {[]string{`UPDATE audit_entries SET detail = '{"a":"1","b":"3"}' WHERE seq = 4`}, 4, "changed"},
		"a reformed detail": {[]string{`UPDATE audit_entries SET detail = '{"a": "1", "b": "2"}' WHERE seq = 4`}, 4, "form"},
		"a moved time":      {[]string{"UPDATE audit_entries SET time = time - 1 WHERE seq = 1"}, 1, "changed"},
		"a false address":   {[]string{"UPDATE audit_entries SET address = '::ffff:10.0.0.1' WHERE seq = 2"}, 2, "form"},
		"a removed first":   {[]string{"DELETE FROM audit_entries WHERE seq = 1"}, 1, "missing"},
		"a removed middle":  {[]string{"DELETE FROM audit_entries WHERE seq = 5"}, 5, "missing"},
		"a removed last":    {[]string{"DELETE FROM audit_entries WHERE seq = 9"}, 9, "cut off"},
		"everything gone":   {[]string{"DELETE FROM audit_entries"}, 1, "cut off"},
		"removed and closed up": {[]string{
			"DELETE FROM audit_entries WHERE seq = 5", "UPDATE audit_entries SET seq = -(seq - 1) WHERE seq > 5", "UPDATE audit_entries SET seq = -seq WHERE seq < 0",
		}, 5, "changed, moved or inserted"},
		"two swapped": {[]string{
			"UPDATE audit_entries SET seq = 100 WHERE seq = 4", "UPDATE audit_entries SET seq = 4 WHERE seq = 5", "UPDATE audit_entries SET seq = 5 WHERE seq = 100",
		}, 4, "moved"},
		"one inserted": {[]string{
			"UPDATE audit_entries SET seq = -(seq + 1) WHERE seq >= 6", "UPDATE audit_entries SET seq = -seq WHERE seq < 0",
			"INSERT INTO audit_entries (" + all + ") SELECT 6, " + rest + " FROM audit_entries WHERE seq = 5",
		}, 6, "inserted"},
		"one put behind the end":   {[]string{"INSERT INTO audit_entries (" + all + ") SELECT 10, " + rest + " FROM audit_entries WHERE seq = 9"}, 10, "behind the end"},
		"one put before the begin": {[]string{"INSERT INTO audit_entries (" + all + ") SELECT 0, " + rest + " FROM audit_entries WHERE seq = 9"}, 0, "before"},
		"a time that is none":      {[]string{"UPDATE audit_entries SET time = 'never' WHERE seq = 4"}, 4, "changed"},
		"a number that is none":    {[]string{"UPDATE audit_entries SET seq = 'none' WHERE seq = 4"}, 4, "missing"},
		"no end":                   {[]string{"DELETE FROM audit_head"}, 1, "stored end of the log is gone"},
		"another end":              {[]string{"UPDATE audit_head SET hash = 'x'"}, 9, "stored end"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.write(9)
			if r, err := b.Verify(t.Context()); err != nil || r.Broken != nil || r.Entries != 9 || r.Head.Seq != 9 {
				t.Fatalf("a log that nobody touched: %+v, %v", r, err)
			}
			for _, s := range c.do {
				b.sql(s)
			}
			r, err := b.Verify(t.Context())
			if err != nil || r.Broken == nil {
				t.Fatalf("nothing was found: %+v, %v", r, err)
			}
			if r.Broken.Seq != c.seq || !strings.Contains(r.Broken.Reason, c.reason) {
				t.Errorf("got %+v, want entry %d and %q", *r.Broken, c.seq, c.reason)
			}
		})
	}
}

// TestAKeptHeadShowsALogWrittenAnew is about the one who can compute the whole
// chain again: only what was kept elsewhere gives him away.
func TestAKeptHeadShowsALogWrittenAnew(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.write(4)
	kept, err := b.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if again, err := ParseHead(kept.String()); err != nil || again != kept {
		t.Fatalf("%v came back as %v, %v", kept, again, err)
	}
	b.write(3)
	if r, err := b.VerifyWith(t.Context(), VerifyOptions{Expect: kept}); err != nil || r.Broken != nil {
		t.Fatalf("a log that only grew: %+v, %v", r.Broken, err)
	}
	b.sql("DELETE FROM audit_entries")
	b.sql("UPDATE audit_head SET seq = 0, hash = ''")
	b.write(2)
	r, err := b.VerifyWith(t.Context(), VerifyOptions{Expect: kept})
	if err != nil || r.Broken == nil || r.Broken.Seq != 3 {
		t.Errorf("a shorter log: %+v, %v", r.Broken, err)
	}
	b.sql("UPDATE audit_entries SET actor_name = actor_name") // nothing changes
	b.write(7)
	r, err = b.VerifyWith(t.Context(), VerifyOptions{Expect: kept})
	if err != nil || r.Broken == nil || r.Broken.Seq != 4 || !strings.Contains(r.Broken.Reason, "anew") {
		t.Errorf("a log written anew: %+v, %v", r.Broken, err)
	}
}

func TestVerifyTellsProgressAndCanBeStopped(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.write(2*page + 1)
	var told []int64
	r, err := b.VerifyWith(t.Context(), VerifyOptions{Progress: func(done, total int64) {
		told = append(told, done)
		if total != 2*page+1 {
			t.Errorf("total is %d", total)
		}
	}})
	if err != nil || r.Broken != nil || r.Entries != 2*page+1 || len(told) < 3 {
		t.Errorf("%+v, %v, told %v", r, err, told)
	}
	stop := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	if _, err := b.VerifyWith(ctx, VerifyOptions{Progress: func(int64, int64) { cancel(stop) }}); !errors.Is(err, stop) {
		t.Errorf("a stopped verification gives %v", err)
	}
}

func TestAWrongHeadIsRefused(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "1", "1:abc", "0:" + strings.Repeat("a", 64), "x:" + strings.Repeat("a", 64), "1:" + strings.Repeat("g", 64)} {
		if _, err := ParseHead(s); nightjar.CodeOf(err) != nightjar.CodeInvalid {
			t.Errorf("%q: %v", s, err)
		}
	}
}
