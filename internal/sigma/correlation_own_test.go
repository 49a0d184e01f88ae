package sigma_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar/internal/sigma"
)

const day = 24 * time.Hour

func TestTypesOfOursAreReadWithWhatHoldsWhenNothingIsSaid(t *testing.T) {
	t.Parallel()
	usual := sigma.Own{Learning: 7 * day, Deviations: 4, Days: 14, Kilometres: 500, Speed: 900, Shared: 5, Changed: 2}
	with := func(change func(*sigma.Own)) sigma.Own {
		o := usual
		change(&o)
		return o
	}
	for body, want := range map[string]struct {
		span     time.Duration
		fields   []string
		lookback time.Duration
		own      sigma.Own
	}{
		"type: new_terms\nrules: [1a]\ngroup-by: [UserId]\ntimespan: 14d\ncondition: {field: [nightjar.country, nightjar.asn]}": {
			14 * day, []string{"nightjar.country", "nightjar.asn"}, 21 * day, usual,
		},
		"type: new_terms\nrules: [1a]\ntimespan: 30d\nlearning: 2d\nscope: tenant\ncondition: {field: AppId}": {
			30 * day, []string{"AppId"}, 32 * day, with(func(o *sigma.Own) { o.Learning, o.LearnTenant = 2*day, true }),
		},
		"type: new_terms\nrules: [1a]\ntimespan: 30d\ncondition: {field: AppId, learning: 0d, scope: key}": {
			30 * day, []string{"AppId"}, 30 * day, with(func(o *sigma.Own) { o.Learning = 0 }),
		},
		"type: baseline\nrules: [1a]\ngroup-by: [UserId]\ncondition: {per: 1h, deviations: 3.5, floor: 50, days: 28, learn: 10d, field: ObjectId}": {
			28 * day,
			[]string{"ObjectId"},
			38 * day,
			with(func(o *sigma.Own) { o.Per, o.Deviations, o.Floor, o.Days, o.Learning = time.Hour, 3.5, 50, 28, 10*day }),
		},
		"type: baseline\nrules: [1a]\ntimespan: 1h\ncondition: {per: 1h, floor: 0}": {
			14 * day, nil, 21 * day, with(func(o *sigma.Own) { o.Per = time.Hour }),
		},
		"type: impossible_travel\nrules: [1a]\ngroup-by: [UserId]\ntimespan: 1d": {day, nil, 8 * day, usual},
		"type: impossible_travel\nrules: [1a]\ngroup-by: [UserId]\ntimespan: 1d\ncondition: {kilometres: 300, speed: 800, shared: 0}": {
			day, nil, 8 * day, with(func(o *sigma.Own) { o.Kilometres, o.Speed, o.Shared = 300, 800, 0 }),
		},
		"type: session_anomaly\nrules: [1a]\ngroup-by: [nightjar.session_id]\ntimespan: 8h\ncondition: {fields: [nightjar.asn, nightjar.client], changed: 1}": {
			8 * time.Hour, []string{"nightjar.asn", "nightjar.client"}, 7*day + 8*time.Hour, with(func(o *sigma.Own) { o.Changed = 1 }),
		},
	} {
		c := correlate(body)
		if len(c.Faults) > 0 || len(c.Correlations) != 1 {
			t.Errorf("%s: faults %v", body, c.Faults)
			continue
		}
		got := c.Correlations[0]
		if got.Timespan != want.span || !slices.Equal(got.Fields, want.fields) || got.Lookback() != want.lookback || !reflect.DeepEqual(*got.Own, want.own) {
			t.Errorf("%s: read %+v, fields %v, span %v, look-back %v", body, *got.Own, got.Fields, got.Timespan, got.Lookback())
		}
	}
}

func TestTypesOfOursThatMeanNothingAreRejectedWhereTheyAreWrong(t *testing.T) {
	t.Parallel()
	terms := "type: new_terms\nrules: [1a]\ntimespan: 14d\n"
	usual := "type: baseline\nrules: [1a]\n"
	travel := "type: impossible_travel\nrules: [1a]\ngroup-by: [UserId]\ntimespan: 1d\n"
	session := "type: session_anomaly\nrules: [1a]\ngroup-by: [S]\ntimespan: 1d\n"
	for body, want := range map[string]struct {
		line int // after the first line of the correlation
		says string
	}{
		terms: {0, "needs the fields"},
		terms + "condition: {field: a, fields: b}":                                                {4, `"fields" is no part of the condition of new_terms`},
		terms + "condition:\n  field: a\n  lerning: 7d":                                           {6, "lerning"},
		terms + "condition: {field: a, learning: soon}":                                           {4, "soon"},
		terms + "condition: {field: a, scope: world}":                                             {4, "neither key nor tenant"},
		terms + "learning: 1d\ncondition: {field: a, learning: 7d}":                               {5, "said twice"},
		terms + "condition: {field: [a, b, c, d, e]}":                                             {0, "up to 4 fields"},
		terms + "condition: a and b":                                                              {4, "a mapping"},
		terms + "window: sliding\ncondition: {field: a}":                                          {4, "window"},
		"type: new_terms\nrules: [1a]\ncondition: {field: a}":                                     {0, "no timespan"},
		"type: new_terms\nrules: []\ntimespan: 1d\ncondition: {field: a}":                         {0, "names no rules"},
		terms + "aliases: {u: {rule_b: x}}\ncondition: {field: u}":                                {0, "rule_b"},
		usual + "condition: {floor: 5}":                                                           {0, "needs per"},
		usual + "condition: {per: 1h}":                                                            {0, "needs floor"},
		usual + "condition: {per: 1h, floor: many}":                                               {3, "floor must be a number"},
		usual + "condition: {per: 1h, floor: 5, days: 1.5}":                                       {3, "whole number"},
		usual + "condition: {per: 1h, floor: 5, days: 91}":                                        {3, "from 1 to 90"},
		usual + "condition: {per: 1h, floor: 5, field: [a, b]}":                                   {0, "one field"},
		usual + "condition: {per: 8d, floor: 5}":                                                  {0, "half of days"},
		usual + "condition: {per: 1m, floor: 5}":                                                  {0, "more than 5000 buckets"},
		usual + "condition: {per: 1h, floor: 5, learn: 15d}":                                      {0, "longer than days"},
		usual + "condition: {per: 1h, floor: 5, learn: 1d, learning: 1d}":                         {3, "said twice"},
		usual + "timespan: 2d\ncondition: {per: 1h, floor: 5}":                                    {0, "its days or its per"},
		travel + "condition: {speed: 0}":                                                          {5, "speed"},
		travel + "condition: {kilometres: far}":                                                   {5, "kilometres"},
		travel + "condition: {field: a}":                                                          {5, "field"},
		"type: impossible_travel\nrules: [1a]\ntimespan: 1d":                                      {0, "whose places"},
		session + "condition: {changed: 1}":                                                       {0, "needs the fields"},
		session + "condition: {fields: [a], changed: 2}":                                          {0, "can never hold"},
		"type: session_anomaly\nrules: [1a]\ntimespan: 1d\ncondition: {fields: [a, b]}":           {0, "field of the session"},
		"type: event_count\nrules: [1a]\ntimespan: 1d\nlearning: 7d\ncondition: {gte: 1}":         {4, "learning"},
		"type: value_count\nrules: [1a]\ntimespan: 1d\ncondition: {field: a, gte: 1, scope: key}": {4, "scope"},
	} {
		c := correlate(body)
		first := strings.Count(base, "\n") + 4 // title, name, correlation, and the first line in it
		if len(c.Correlations) != 0 || len(c.Faults) != 1 || !strings.Contains(c.Faults[0].String(), want.says) {
			t.Errorf("%s: want one fault with %q, got %v and %d correlations", body, want.says, c.Faults, len(c.Correlations))
			continue
		}
		line := first - 1 // the line of "correlation:"
		if want.line > 0 {
			line = first + want.line - 1
		}
		if c.Faults[0].Line != line {
			t.Errorf("%s: the fault is at line %d, not %d: %v", body, c.Faults[0].Line, line, c.Faults[0])
		}
	}
}
