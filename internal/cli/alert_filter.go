package cli

import (
	"context"
	"slices"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
	"github.com/nightjar-sec/nightjar/internal/spelling"
)

// chosenOf reads words of a closed set. What is not in it is refused: an empty
// list would say that there is nothing to do.
func chosenOf[T ~string](what string, words []string, all []T) ([]T, error) {
	var out []T
	for _, w := range words {
		if !slices.Contains(all, T(w)) {
			return nil, usageError(spelling.Hint(w, texts(all)), "there is no %s %q", what, w)
		}
		out = append(out, T(w))
	}
	return out, nil
}

// fromTo reads a span; what is left out is zero.
func fromTo(from, to string) (begin, end time.Time, err error) {
	for _, one := range []struct {
		flag, text string
		at         *time.Time
	}{{"--from", from, &begin}, {"--to", to, &end}} {
		if one.text == "" {
			continue
		}
		if *one.at, err = config.ParseTime(one.text); err != nil {
			return begin, end, usageError("e.g. "+one.flag+" 2026-11-20", "%s: %v", one.flag, err)
		}
	}
	if !begin.IsZero() && !end.IsZero() && !begin.Before(end) {
		return begin, end, usageError("give the earlier time as --from", "--from is not before --to")
	}
	return begin, end, nil
}

// rulesNamed are the rules and packs that may be named, also those that are gone
// and alerted.
func rulesNamed(ctx context.Context, a *app.App) (ruleset.Names, error) {
	keeper, err := a.Rules(ctx)
	if err != nil {
		return ruleset.Names{}, err
	}
	return ruleset.Names{Set: keeper.Current(), Kept: func(rule, pack string) (bool, error) {
		return a.Alerts().Alerted(ctx, nil, rule, pack)
	}}, nil
}

// settleFilter puts ids in the place of what a filter names.
func settleFilter(ctx context.Context, a *app.App, f *alert.Filter) error {
	if f.Rule != "" || f.Pack != "" {
		names, err := rulesNamed(ctx, a)
		if err != nil {
			return err
		}
		if f.Rule != "" {
			if f.Rule, err = names.Rule(f.Rule); err != nil {
				return err
			}
		}
		if f.Pack != "" {
			if f.Pack, err = names.Pack(f.Pack); err != nil {
				return err
			}
		}
	}
	if f.Incident != "" {
		if _, _, _, err := a.Alerts().Incident(ctx, nil, f.Incident); err != nil {
			return err
		}
	}
	if f.Assignee == "" {
		return nil
	}
	who, err := a.People().Person(ctx, f.Assignee)
	if nightjar.CodeOf(err) != nightjar.CodeNotFound {
		f.Assignee = who.ID
		return err
	}
	// Whoever is gone may have alerts all the same.
	if found, _, failed := a.Alerts().List(ctx, alert.Filter{Assignee: f.Assignee, Limit: 1}); failed != nil || len(found) > 0 {
		return failed
	}
	return err
}
