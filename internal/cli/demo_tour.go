package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/query"
)

// example is a question that the demo suggests, and that --check asks.
type example struct{ about, sql string }

func examples() []example {
	return []example{
		{"what happened most", "SELECT table_name, operation, count(*) AS n FROM management GROUP BY ALL ORDER BY n DESC, operation LIMIT 8"},
		{"addresses that failed to sign in as many people", "SELECT client_ip, count(*) AS failures, count(DISTINCT user_id) AS people FROM azure_ad WHERE operation = 'UserLoginFailed' GROUP BY client_ip ORDER BY people DESC, failures DESC LIMIT 5"},
		{"new inbox rules", "SELECT time, user_id, client_ip, operation FROM exchange WHERE operation IN ('New-InboxRule', 'Set-InboxRule', 'UpdateInboxRules') ORDER BY time DESC LIMIT 5"},
		{"the last records, as received", "SELECT time, operation, raw FROM management ORDER BY time DESC LIMIT 3"},
		{"how often collection stumbled, in windows of 5 minutes", "SELECT tbucket(INTERVAL '5 minutes', time) AS bucket, collector_name, job_id, count(*) AS n FROM collectors_out WHERE contains(message, 'collector failed') GROUP BY ALL ORDER BY bucket, collector_name LIMIT 5"},
	}
}

// tour waits until the backlog is stored, shows what to do, and streams.
func (d *demo) tour(ctx context.Context, a *app.App, ready <-chan string) error {
	var address string
	select {
	case <-ctx.Done():
		return nil
	case address = <-ready:
	}
	began := clock.Real().Now()
	fmt.Fprintf(d.p.Stdout, "A simulated company of %d people. Three days of its audit log wait at a simulated Microsoft 365.\n", demoPeople)
	stored, err := d.catchUp(ctx, a)
	if err != nil {
		return stopped(ctx, err)
	}
	took := clock.Real().Now().Sub(began)
	fmt.Fprintf(d.p.Stdout, "%d events collected, stored and searchable in %.1f s.\n", stored, took.Seconds())
	if d.check {
		if err := d.ask(ctx, a); err != nil || d.forTime == 0 {
			return stopped(ctx, err)
		}
	} else {
		if err := d.tellAddress(address); err != nil {
			return err
		}
		if err := d.invite(ctx, a, address); err != nil {
			return err
		}
	}
	if d.forTime > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d.forTime)
		defer cancel()
	}
	err = stopped(ctx, d.stream(ctx, a))
	if err == nil && !d.check {
		d.farewell()
	}
	return err
}

// stopped turns the end of ctx, which is how a demo ends, into no error.
func stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Cause(ctx))) {
		return nil
	}
	return err
}

// catchUp waits until every feed was listed and nothing waits to be fetched.
func (d *demo) catchUp(ctx context.Context, a *app.App) (stored int64, err error) {
	shown := newProgress(d.p)
	defer shown.end()
	wall := clock.Real()
	deadline := wall.Now().Add(demoCatchUp)
	for {
		tenants, err := a.Tenants(ctx)
		if err != nil {
			return 0, err
		}
		var pending, listed int64
		stored = 0
		all := len(tenants) > 0
		for _, t := range tenants {
			c, err := a.Coverage(ctx, t.ID, app.Span{})
			if err != nil {
				return 0, err
			}
			busy := 0
			for _, f := range c.Feeds {
				pending += f.Total.Pending
				listed += f.Total.Listed
				stored += f.Total.Stored
				if !f.LastSuccess.IsZero() {
					busy++
				}
			}
			all = all && busy == len(nightjar.Feeds())
		}
		if all && listed > 0 && pending == 0 {
			return stored, nil
		}
		shown.say("%s stored, %s to fetch", counted(stored, "event"), counted(pending, "blob"))
		if wall.Now().After(deadline) {
			return stored, &nightjar.Error{
				Code: nightjar.CodeIncomplete, Message: fmt.Sprintf("the demo's backlog was not stored within %s: %d blobs wait", demoCatchUp, pending),
				Hint: "run it again with --data-dir, and look at nightjar coverage",
			}
		}
		if err := wall.Sleep(ctx, 250*time.Millisecond); err != nil {
			return stored, err
		}
	}
}

// tellAddress writes the listen address, which was not known before, into the
// configuration, so that nightjar health finds the demo.
func (d *demo) tellAddress(address string) error {
	if address == "" {
		return nil
	}
	f, err := os.OpenFile(filepath.Join(d.dir, "nightjar.yaml"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "listen: %s\n", address)
	return errors.Join(err, f.Close())
}

// ask runs the examples, prints the answers, and fails when one is empty.
func (d *demo) ask(ctx context.Context, a *app.App) error {
	engine, err := a.Query(1)
	if err != nil {
		return err
	}
	defer engine.Close()
	tenants, err := a.Tenants(ctx)
	if err != nil {
		return err
	}
	var empty []string
	for _, e := range examples() {
		fmt.Fprintf(d.p.Stdout, "\n# %s\n%s\n\n", e.about, e.sql)
		out := &tableAnswer{w: d.p.Stdout}
		stats, err := engine.Run(ctx, query.Request{SQL: e.sql, Tenants: tenants}, out)
		if err = errors.Join(err, out.Close()); err != nil {
			return err
		}
		fmt.Fprintf(d.p.Stdout, "(%s in %d ms)\n", counted(stats.Rows, "row"), stats.Elapsed.Milliseconds())
		if stats.Rows == 0 {
			empty = append(empty, e.about)
		}
	}
	if len(empty) > 0 {
		return &nightjar.Error{Code: nightjar.CodeInternal, Message: "example queries without an answer: " + strings.Join(empty, "; ")}
	}
	fmt.Fprintln(d.p.Stdout, "\nevery example answered")
	return nil
}

// streamLines is how many events of one commit are shown.
const streamLines = 4

// remindEvery is after how many commits the stream says where the instructions are.
const remindEvery = 20

// stream prints some of what arrives.
func (d *demo) stream(ctx context.Context, a *app.App) error {
	last, err := a.Journal().LastSeq(ctx)
	if err != nil {
		return err
	}
	reader := a.Journal().ReaderAfter(last)
	file := filepath.Join(d.dir, inviteName)
	for shown := 0; ; {
		events, _, err := reader.Next(ctx, tailBatch)
		if err != nil {
			return err
		}
		// Anew for each commit: another tenant may be connected in the console.
		tenants, err := a.Tenants(ctx)
		if err != nil {
			return err
		}
		if err := printSome(d.p.Stdout, events, tenants); err != nil {
			return err
		}
		if len(events) > 0 {
			if shown++; shown%remindEvery == 0 && !d.check {
				fmt.Fprintf(d.p.Stdout, "(what to try: cat %s; ctrl-C ends the demo)\n", file)
			}
		}
		if err := clock.Real().Sleep(ctx, tailPause); err != nil {
			return err
		}
	}
}

// printSome prints some of the records of tenants; what Nightjar says of
// itself is none.
func printSome(w io.Writer, events []nightjar.Event, tenants []nightjar.Tenant) error {
	names := namesOf(tenants)
	shown, more := 0, 0
	for _, e := range events {
		name, known := names[e.Tenant]
		switch {
		case !known || e.Table == nightjar.TableCollectorsOut:
		case shown < streamLines:
			shown++
			if _, err := fmt.Fprintln(w, tailLine(e, name)); err != nil {
				return err
			}
		default:
			more++
		}
	}
	if more > 0 {
		_, err := fmt.Fprintf(w, "… and %d more\n", more)
		return err
	}
	return nil
}
