package cli

import (
	"context"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/alert"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/ruleset"
)

// alertRule is the rule of an alert, as its tenant has it, named as the API
// names it.
type alertRule struct {
	ID             string            `json:"id"`
	Title          string            `json:"title"`
	Pack           string            `json:"pack"`
	Mode           ruleset.Mode      `json:"mode"`
	Severity       nightjar.Severity `json:"severity"`
	Description    string            `json:"description"`
	FalsePositives []string          `json:"false_positives"`
	Response       []string          `json:"response"`
	TestList       []alertRuleTest   `json:"test_list"`
	Quality        *qualityLine      `json:"quality,omitempty"` // absent when it opened no alert
}

type alertRuleTest struct {
	Name   string `json:"name"`
	Events int    `json:"events"`
	Alerts int    `json:"alerts"`
}

// ruleOf is the rule of an alert; nil when it is gone. problem says where it
// may be when files of rules cannot be read.
func ruleOf(ctx context.Context, a *app.App, one alert.Alert) (rule *alertRule, problem string, err error) {
	keeper, err := a.Rules(ctx)
	if err != nil {
		return nil, "", err
	}
	set := keeper.Current()
	info := set.Info(one.Rule)
	if info == nil {
		if set.Unread() {
			missing := set.Missing(one.Rule, "")
			problem = missing.Message + ": " + missing.Hint
		}
		return nil, problem, nil
	}
	out := &alertRule{
		ID: info.Label(), Title: info.Title, Pack: info.Pack, Mode: set.Mode(one.Rule, one.Tenant), Severity: set.Severity(one.Rule, one.Tenant),
		Description: info.Description, FalsePositives: append([]string{}, info.FalsePositives...), Response: append([]string{}, info.Response...), TestList: []alertRuleTest{},
	}
	for _, t := range info.Tests {
		out.TestList = append(out.TestList, alertRuleTest{t.Name, t.Size, t.Count})
	}
	found, err := a.Alerts().Qualities(ctx, nil, one.Rule, a.Clock().Now().Add(-qualityDays*24*time.Hour), time.Time{})
	if err != nil {
		return nil, "", err
	}
	for _, q := range found {
		if q.Rule == one.Rule {
			line := qualityLineOf(q)
			out.Quality = &line
		}
	}
	return out, "", nil
}
