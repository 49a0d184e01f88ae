package cli

import (
	"context"
	"errors"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
	"github.com/nightjar-sec/nightjar/internal/sigma"
)

// checkWords names questions in SQL that cannot be asked, and what rules speak
// of and nothing fills in.
func checkWords(ctx context.Context, set *ruleset.Set) (faults []*sigma.Fault, err error) {
	meaning, err := set.Meaning()
	if err != nil {
		return nil, err
	}
	worker, err := workerCommand()
	if err != nil {
		return nil, err
	}
	lab := app.NewRuleLab(worker)
	defer func() { err = errors.Join(err, lab.Close()) }()
	for _, info := range set.Infos() {
		if !set.Named(info.File) {
			continue
		}
		var columns []string
		if info.Kind == ruleset.Query {
			var wrong error
			columns, wrong = lab.Try(ctx, set, info)
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			if wrong != nil {
				faults = append(faults, &sigma.Fault{File: info.File, Line: info.Scheduled.Line(), Rule: info.Label(), Err: &nightjar.Error{
					Code: nightjar.CodeOf(wrong), Message: "the query cannot be asked: " + wrong.Error(), Hint: nightjar.HintOf(wrong),
				}})
			}
		}
		faults = append(faults, meaning.Doubts(info, columns)...)
	}
	return faults, nil
}
