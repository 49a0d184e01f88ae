package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
)

func newSilence(p Process) *cobra.Command {
	return noun("silence", "Keep alerts from being notified for a while", newSilenceList(p), newSilenceAdd(p), newSilencePreview(p), newSilenceEnd(p))
}

// silenceLine is a silence as --json prints it (docs/cli-json.md).
type silenceLine struct {
	ID       string                `json:"id"`
	Kind     alert.SilenceKind     `json:"kind"`
	State    alert.SilenceState    `json:"state"`
	Owner    string                `json:"owner"`
	Reason   string                `json:"reason"`
	Tenants  []nightjar.TenantID   `json:"tenants,omitempty"`
	Matchers []alert.Matcher       `json:"matchers"`
	Sources  []alert.Matcher       `json:"sources,omitempty"`
	Shared   []nightjar.EntityKind `json:"shared,omitempty"`
	Starts   string                `json:"starts"`
	Expires  string                `json:"expires"`
	Hides    int64                 `json:"hides"`
	Created  string                `json:"created"`
	Ended    string                `json:"ended,omitempty"`
	EndedBy  string                `json:"ended_by,omitempty"`
}

func silenceLineOf(s alert.Kept) silenceLine {
	l := silenceLine{
		ID: s.ID, Kind: s.Kind, State: s.State, Owner: s.OwnerName, Reason: s.Reason, Tenants: s.Tenants, Matchers: s.Matchers, Sources: s.Sources, Shared: s.Shared,
		Starts: formatTime(s.Starts), Expires: formatTime(s.Expires), Hides: s.Hides, Created: formatTime(s.Created), EndedBy: s.EndedBy,
	}
	if !s.Ended.IsZero() {
		l.Ended = formatTime(s.Ended)
	}
	return l
}

func newSilenceList(p Process) *cobra.Command {
	var all, asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "List silences and inhibitions", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return within(p, cmd, app.AccessRead, func(ctx context.Context, a *app.App, _ *config.Config) error {
				var states []alert.SilenceState
				if all {
					states = []alert.SilenceState{alert.SilencePending, alert.SilenceActive, alert.SilenceExpired, alert.SilenceEnded}
				}
				found, err := a.Alerts().Silences(ctx, nil, states)
				if err != nil {
					return err
				}
				return printSilences(p, found, asJSON)
			})
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "also those that are over")
	formatFlags(cmd, &asJSON)
	return withConfig(cmd, false)
}

func printSilences(p Process, found []alert.Kept, asJSON bool) error {
	if asJSON {
		lines := []silenceLine{}
		for _, s := range found {
			lines = append(lines, silenceLineOf(s))
		}
		return writeJSON(p, map[string]any{"silences": lines})
	}
	if len(found) == 0 {
		_, err := fmt.Fprintln(p.Stderr, "nothing is silenced")
		return err
	}
	t := newColumns(p.Stdout, "ID", "STATE", "OVER AT", "BY", "HIDES", "WHAT", "REASON")
	for _, s := range found {
		what := matchersText(s.Matchers)
		if s.Kind == alert.KindInhibition {
			what += " while " + matchersText(s.Sources)
		}
		over := s.Expires
		if !s.Ended.IsZero() {
			over = s.Ended
		}
		t.row(s.ID, string(s.State), shortTime(over), safe(oneLine(s.OwnerName)), strconv.FormatInt(s.Hides, 10), safe(oneLine(what)), safe(oneLine(s.Reason)))
	}
	return t.flush()
}

func matchersText(all []alert.Matcher) string {
	var out []string
	for _, m := range all {
		out = append(out, string(m.Field)+"="+strings.Join(m.Values, "|"))
	}
	return strings.Join(out, " ")
}

// silenceFlags are what a silence and its preview are made of.
type silenceFlags struct{ match, while, shared, tenants []string }

func (f *silenceFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.match, "match", nil, "condition `field=value|value`, several times; fields are rule, pack, tenant, severity, entity, text")
	cmd.Flags().StringArrayVar(&f.while, "while", nil, "makes it an inhibition: `condition` on the open alerts that hide others, several times")
	cmd.Flags().StringSliceVar(&f.shared, "shared", nil, "`kinds` of entities that both must be about, such as user; left out, any")
	cmd.Flags().StringSliceVar(&f.tenants, "tenant", nil, "only for these tenants, by name or id; left out, all")
}

func (f *silenceFlags) silence(ctx context.Context, a *app.App) (s alert.Silence, err error) {
	s.Kind = alert.KindSilence
	if len(f.while) > 0 {
		s.Kind = alert.KindInhibition
	}
	if s.Tenants, err = idsOf(ctx, a, f.tenants); err != nil {
		return s, err
	}
	if s.Matchers, err = matchersOf(f.match); err != nil {
		return s, err
	}
	for _, k := range f.shared {
		s.Shared = append(s.Shared, nightjar.EntityKind(k))
	}
	if s.Sources, err = matchersOf(f.while); err != nil {
		return s, err
	}
	names, err := rulesNamed(ctx, a)
	if err != nil {
		return s, err
	}
	tenants := func(values []string) error {
		ids, err := idsOf(ctx, a, values)
		for i, id := range ids {
			values[i] = string(id)
		}
		return err
	}
	return s, s.Settle(names.Settle, tenants)
}

func matchersOf(texts []string) ([]alert.Matcher, error) {
	var out []alert.Matcher
	for _, text := range texts {
		field, values, cut := strings.Cut(text, "=")
		if !cut {
			return nil, usageError("e.g. --match entity=user:svc-*", "%q is no condition", text)
		}
		out = append(out, alert.Matcher{Field: alert.MatcherField(field), Values: strings.Split(values, "|")})
	}
	return out, nil
}

func newSilenceAdd(p Process) *cobra.Command {
	var (
		f                   silenceFlags
		reason, from, until string
		asJSON              bool
	)
	cmd := &cobra.Command{
		Use: "add", Short: "Silence alerts until a time", Args: noArguments,
		Long: `Keeps alerts from being notified until a time at most 90 days away. All conditions must fit
an alert, each by one of its values. They are kept and shown all the same. With --while it
is an inhibition: it holds while an open alert that fits is about the same entity.
"nightjar silence preview" says before what it would have hidden.`,
		Example: "    nightjar silence add --match pack=exchange --match 'entity=user:migration@contoso.com' --reason 'migration' --until 2026-12-01\n    nightjar silence add --while rule=RULE-OF-SPRAYS --match rule=RULE-OF-LOCKOUTS --shared user --reason 'a spray explains lock-outs' --until 2026-12-31",
		RunE: func(cmd *cobra.Command, _ []string) error {
			end, err := config.ParseTime(until)
			if err != nil {
				return usageError("e.g. --until 2026-12-01", "--until: %v", err)
			}
			var begin time.Time
			if from != "" {
				if begin, err = config.ParseTime(from); err != nil {
					return usageError("e.g. --from 2026-11-30", "--from: %v", err)
				}
			}
			return within(p, cmd, app.AccessManage, func(ctx context.Context, a *app.App, _ *config.Config) error {
				s, err := f.silence(ctx, a)
				if err != nil {
					return err
				}
				s.Reason, s.Starts, s.Expires = reason, begin, end
				if s, err = a.Alerts().Silence(ctx, decider(p), s); err != nil {
					return err
				}
				kept, err := a.Alerts().Kept(ctx, s)
				if err != nil {
					return err
				}
				return printSilences(p, []alert.Kept{kept}, asJSON)
			})
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&reason, "reason", "", "why, a `text`")
	cmd.Flags().StringVar(&from, "from", "", "when it begins, a `time`; left out, now")
	cmd.Flags().StringVar(&until, "until", "", "when it ends by itself, a `time`")
	formatFlags(cmd, &asJSON)
	return withConfig(cmd, false)
}

func newSilenceEnd(p Process) *cobra.Command {
	return withConfig(&cobra.Command{
		Use: "end ID", Short: "End a silence early", Args: exactArguments(1, "the id of one silence"),
		Long: "Ends a silence early. Alerts that it kept quiet and that are not closed are notified now.",
		RunE: func(cmd *cobra.Command, args []string) error {
			return within(p, cmd, app.AccessManage, func(ctx context.Context, a *app.App, _ *config.Config) error {
				s, err := a.Alerts().EndSilence(ctx, decider(p), args[0])
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(p.Stdout, "ended %s, which was until %s\n", s.ID, s.Expires.Format(time.RFC3339))
				return err
			})
		},
	}, false)
}

func newSilencePreview(p Process) *cobra.Command {
	var (
		f      silenceFlags
		asJSON bool
	)
	cmd := &cobra.Command{
		Use: "preview", Short: "Say which alerts of the last 30 days a silence would have hidden", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return within(p, cmd, app.AccessRead, func(ctx context.Context, a *app.App, _ *config.Config) error {
				s, err := f.silence(ctx, a)
				if err != nil {
					return err
				}
				found, err := a.Alerts().Preview(ctx, nil, s)
				if err != nil {
					return err
				}
				return printPreview(p, found, asJSON)
			})
		},
	}
	f.add(cmd)
	formatFlags(cmd, &asJSON)
	return withConfig(cmd, false)
}

func printPreview(p Process, found alert.Preview, asJSON bool) error {
	if asJSON {
		counts := func(all []alert.ValueCount) map[string]int64 {
			out := map[string]int64{}
			for _, v := range all {
				out[v.Value] = v.Count
			}
			return out
		}
		return writeJSON(p, map[string]any{
			"days": alert.PreviewDays, "alerts": found.Alerts, "hidden": found.Hidden, "gravest": found.Gravest, "severities": counts(found.Severities),
			"dispositions": counts(found.Dispositions), "samples": alertLinesOf(found.Samples),
		})
	}
	var parts []string
	for _, v := range append(found.Severities, found.Dispositions...) {
		parts = append(parts, fmt.Sprintf("%d %s", v.Count, v.Value))
	}
	line := fmt.Sprintf("%d of the %d alerts of the last %d days would have been hidden", found.Hidden, found.Alerts, alert.PreviewDays)
	if len(parts) > 0 {
		line += ": " + strings.Join(parts, ", ")
	}
	if _, err := fmt.Fprintln(p.Stdout, line); err != nil || len(found.Samples) == 0 {
		return err
	}
	return printAlerts(p, found.Samples, "", false)
}
