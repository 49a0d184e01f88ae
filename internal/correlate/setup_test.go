package correlate_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/correlate"
	"github.com/nightjar-sec/nightjar/internal/sigma"
)

const contoso = nightjar.TenantID("11111111-2222-3333-4444-555555555555")

// base are three rules, on the operations a, b and c.
const base = "title: a\nname: a\nlogsource: {product: m365}\ndetection: {s: {Operation: a}, condition: s}\n---\n" +
	"title: b\nname: b\nlogsource: {product: m365}\ndetection: {s: {Operation: b}, condition: s}\n---\n" +
	"title: c\nname: c\nlogsource: {product: m365}\ndetection: {s: {Operation: c}, condition: s}\n"

// bench is a Correlator with what feeds it.
type bench struct {
	t     testing.TB
	cfg   correlate.Config
	plain *sigma.Plain
	*correlate.Correlator
	ids int
}

// setup reads correlations in flow style, each with a name.
func setup(t testing.TB, correlations ...string) *bench {
	t.Helper()
	var file strings.Builder
	file.WriteString(base)
	for _, c := range correlations {
		name, body, _ := strings.Cut(c, ": ")
		fmt.Fprintf(&file, "---\ntitle: %s\nname: %s\ncorrelation: %s\n", name, name, body)
	}
	rules := sigma.Parse("c.yml", []byte(file.String()), nil)
	if rules.Resolve(); len(rules.Faults) > 0 {
		t.Fatalf("%v", rules.Faults)
	}
	catalogue, err := sigma.NewCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	source, err := catalogue.Source("ual")
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, cfg: correlate.Config{Correlations: rules.Correlations, Rules: rules.Rules, Source: source}, plain: sigma.NewPlain(source, rules.Rules)}
	b.start()
	return b
}

func (b *bench) start() {
	b.t.Helper()
	var err error
	if b.Correlator, err = correlate.New(b.cfg); err != nil {
		b.t.Fatal(err)
	}
}

// restart goes on from a snapshot.
func (b *bench) restart() {
	b.t.Helper()
	var first, second bytes.Buffer
	if err := b.Snapshot(&first); err != nil {
		b.t.Fatal(err)
	}
	c, fresh, err := correlate.Restore(b.cfg, bytes.NewReader(first.Bytes()))
	if err != nil || len(fresh) > 0 {
		b.t.Fatalf("restore: %v, fresh %v", err, fresh)
	}
	if err := c.Snapshot(&second); err != nil {
		b.t.Fatal(err)
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		b.t.Fatal("what was restored is written otherwise than it was")
	}
	b.Correlator = c
}

func start() time.Time { return time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC) }

// matches makes one event, at an offset, and says what it matches.
func (b *bench) matches(at time.Duration, operation, rest string) []correlate.Match {
	b.t.Helper()
	b.ids++
	id := fmt.Sprintf("e%04d", b.ids)
	raw := fmt.Sprintf(`{"Id":%q,"Operation":%q`, id, operation)
	if rest != "" {
		raw += "," + rest
	}
	event, err := sigma.Decode([]byte(raw + "}"))
	if err != nil {
		b.t.Fatal(err)
	}
	var list []correlate.Match
	for _, i := range b.plain.Match(event) {
		list = append(list, correlate.Match{
			Tenant: contoso, Rule: b.cfg.Rules[i], Event: event, Time: start().Add(at),
			Ref: nightjar.EventRef{ID: id, Table: nightjar.TableGeneral, Time: start().Add(at), Operation: operation},
		})
	}
	return list
}

// see feeds one event and returns what it leads to, in short.
func (b *bench) see(at time.Duration, operation, rest string) string {
	b.t.Helper()
	hits := b.Observe(b.matches(at, operation, rest))
	if len(hits) == 0 { // what matches nothing is told too
		hits = b.Advance(contoso, start().Add(at), time.Time{})
	}
	return short(hits)
}

// short writes a hit as NAME KEY FIRST-LAST xCOUNT.
func short(hits []correlate.Hit) string {
	var list []string
	for _, h := range hits {
		list = append(list, fmt.Sprintf("%s %s %s-%s x%d", h.Correlation.Name, strings.Join(h.Key, "+"), h.First.Sub(start()), h.Last.Sub(start()), h.Count))
	}
	return strings.Join(list, "; ")
}

func user(name string) string { return fmt.Sprintf(`"UserId":%q`, name) }

// expect compares all answers at once.
func expect(t testing.TB, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}
