package schedule

import (
	"context"
	"log/slog"
	"time"

	"github.com/uptrace/bun"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/clock"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// Asker answers a question about the events of tenants. An interface, so that
// schedule needs no query engine.
type Asker interface {
	Ask(ctx context.Context, sql string, tenants []nightjar.Tenant, most int) (Answer, error)
}

// Answer is rows by column. More says that there were more than asked for.
type Answer struct {
	Columns []string
	Rows    [][]any
	More    bool
}

// Recorder keeps findings in a transaction; internal/alert does.
type Recorder interface {
	Record(ctx context.Context, tx bun.Tx, findings []nightjar.Finding) error
}

// Condition is a health warning that holds.
type Condition struct {
	Code        nightjar.WarningCode
	Tenant      nightjar.TenantID // "" is the installation
	TenantName  string
	Source      string
	Title, Text string
	Remedy      string
	Since       time.Time
}

// Warnings tells of conditions and takes those of scheduled rules.
type Warnings interface {
	Set(code nightjar.WarningCode, tenant nightjar.TenantID, source string, args map[string]string)
	Clear(code nightjar.WarningCode, tenant nightjar.TenantID, source string)
}

// Config is what a Scheduler needs.
type Config struct {
	Catalog  *catalog.DB
	Rules    func() *ruleset.Set
	Asker    Asker
	Recorder Recorder
	// Tenants are those that questions are about.
	Tenants func(ctx context.Context) ([]nightjar.Tenant, error)
	// Conditions are the health warnings that hold.
	Conditions func() []Condition
	Warnings   Warnings // nil: nobody is told
	Clock      clock.Clock
	Logger     *slog.Logger // nil discards
}

// Scheduler asks rules on time. Run it once.
type Scheduler struct {
	cfg    Config
	log    *slog.Logger
	failed map[asking]*failure // what fails
}

// asking is a rule by its label, asked about all tenants, or about one that
// is behind them.
type asking struct {
	rule   string
	tenant nightjar.TenantID // "" is all
}

// failure is a rule that could not ask.
type failure struct {
	since, again time.Time
	wait         time.Duration
}

// The bounds of catching up and of answers.
const (
	// catchUp is how far back missed questions are asked after a downtime.
	catchUp = 24 * time.Hour
	// turn is how many missed questions of one rule are asked before others
	// have their turn.
	turn = 12
	// patience is for how many timeouts of a rule its tenants are asked about one
	// by one, before others have their turn.
	patience = 2
	// mostRows is how many findings one question may give: more is a question
	// that is put wrongly.
	mostRows = 1000
	// look is how often it looks for rules that are due, and at warnings.
	look = 10 * time.Second
	// afterFailure is how long it waits after a failure, then twice as long,
	// up to maxAfterFailure.
	afterFailure, maxAfterFailure = 30 * time.Second, 15 * time.Minute
)

// New returns a scheduler.
func New(cfg Config) (*Scheduler, error) {
	if cfg.Catalog == nil || cfg.Rules == nil || cfg.Asker == nil || cfg.Recorder == nil || cfg.Tenants == nil || cfg.Conditions == nil {
		return nil, &nightjar.Error{Code: nightjar.CodeInternal, Message: "the scheduler lacks a part"}
	}
	s := &Scheduler{cfg: cfg, log: cfg.Logger, failed: map[asking]*failure{}}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	return s, nil
}

// Run asks until ctx ends.
func (s *Scheduler) Run(ctx context.Context) error {
	wall := clock.Real()
	for ctx.Err() == nil {
		began := wall.Now()
		behind := s.Step(ctx)
		// Sleeping fails when ctx ends, which the loop sees.
		_ = wall.Sleep(ctx, max(resting*wall.Now().Sub(began), leastPause))
		if !behind {
			_ = s.cfg.Clock.Sleep(ctx, look)
		}
	}
	return nil
}

// Questions wait for collection and people, not they for questions: after
// asking, the scheduler rests for four times as long, by the time of the wall.
// It matters when much was missed, and when a rehearsal's clock runs fast.
const (
	resting    = 4
	leastPause = 200 * time.Millisecond
)

// Step asks all that is due now, and reports whether more is due already.
func (s *Scheduler) Step(ctx context.Context) (behind bool) {
	set := s.cfg.Rules()
	states, err := ReadStates(ctx, s.cfg.Catalog)
	if err != nil {
		s.log.ErrorContext(ctx, "scheduled rules cannot be asked", "error", err)
		return false
	}
	loaded := map[string]bool{}
	for _, info := range set.Infos() {
		label := info.Label()
		if info.Scheduled == nil || !info.Alerts || loaded[label] || ctx.Err() != nil {
			continue
		}
		loaded[label] = true
		if !set.OnAnywhere(info) {
			s.mendedAll(label)
			continue
		}
		var more bool
		if info.Kind == ruleset.Warning {
			err = s.warning(ctx, set, info)
		} else {
			more, err = s.due(ctx, set, info, states[label])
		}
		behind = behind || more
		if err != nil && ctx.Err() == nil {
			s.fails(ctx, info, "", err)
		} else if err == nil && (info.Kind == ruleset.Warning || !s.waiting(asking{label, ""})) {
			s.mended(asking{label, ""})
		}
	}
	for what := range s.failed {
		if !loaded[what.rule] {
			s.mended(what)
		}
	}
	return behind
}

// fails notes that a rule cannot ask, of all tenants for "", and tells.
func (s *Scheduler) fails(ctx context.Context, info *ruleset.Info, tenant nightjar.TenantID, err error) {
	label, now := info.Label(), s.cfg.Clock.Now()
	what, key := asking{label, tenant}, label
	if tenant != "" {
		key = lateKey(label, tenant)
	}
	f := s.failed[what]
	if f == nil {
		f = &failure{since: now, wait: afterFailure}
		s.failed[what] = f
	} else {
		f.wait = min(2*f.wait, maxAfterFailure)
	}
	f.again = now.Add(f.wait)
	s.log.WarnContext(ctx, "a scheduled rule cannot ask", "rule", label, "tenant", tenant, "error", err)
	if s.cfg.Warnings != nil {
		s.cfg.Warnings.Set(nightjar.WarnQueryRuleFailing, tenant, label, map[string]string{
			"rule": info.Title, "since": f.since.Format(time.RFC3339), "reason": err.Error(),
		})
	}
	if err := putProblem(ctx, s.cfg.Catalog, key, f.since, err.Error()); err != nil {
		s.log.ErrorContext(ctx, "the failure of a scheduled rule cannot be kept", "rule", label, "error", err)
	}
}

// waiting reports whether a rule failed and had no try since.
func (s *Scheduler) waiting(what asking) bool {
	f := s.failed[what]
	return f != nil && !f.again.IsZero()
}

// mended says that a rule is in order.
func (s *Scheduler) mended(what asking) {
	if s.failed[what] == nil {
		return
	}
	delete(s.failed, what)
	if s.cfg.Warnings != nil {
		s.cfg.Warnings.Clear(nightjar.WarnQueryRuleFailing, what.tenant, what.rule)
	}
}

// mendedAll says that nobody waits for a rule any more.
func (s *Scheduler) mendedAll(label string) {
	for what := range s.failed {
		if what.rule == label {
			s.mended(what)
		}
	}
}

// waits reports whether a rule that failed is to be left alone for now.
func (s *Scheduler) waits(what asking) bool {
	f := s.failed[what]
	if f == nil {
		return false
	}
	if s.cfg.Clock.Now().Before(f.again) {
		return true
	}
	f.again = time.Time{} // it has its try; another failure sets it again
	return false
}
