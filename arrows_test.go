package nightjar_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/nightjar-sec/nightjar"

// arrow says which packages of this module a package may import, and why not
// more. The same arrows stand in ARCHITECTURE.md and in .golangci.yml.
type arrow struct {
	may []string
	why string
}

func arrows() map[string]arrow {
	const sinkWhy = "a sink turns a message into bytes for one service; what is sent, when and how often is decided before it"
	return map[string]arrow{
		".":                                {nil, "the domain's words depend on the standard library alone, so that everything may depend on them"},
		"internal/spelling":                {nil, "which words there are is the caller's to say"},
		"internal/clock":                   {nil, "the clock knows no domain"},
		"internal/secret":                  {[]string{".", "internal/catalog", "internal/clock"}, "sealed values are rows of the catalog; what they open is not its business"},
		"internal/catalog":                 {[]string{"."}, "the catalog carries every package's tables and so may know none of them"},
		"internal/catalog/catalogtest":     {[]string{"internal/catalog"}, "catalogs for tests are made by the code that makes them for people; nothing that ships imports it"},
		"internal/m365":                    {[]string{".", "internal/clock", "internal/secret"}, "a client of Microsoft's services has no store: what it fetched is the caller's to keep"},
		"internal/normalise":               {[]string{"."}, "normalising is pure: same bytes in, same columns out"},
		"internal/journal":                 {[]string{".", "internal/catalog", "internal/clock"}, "the spine is written to and read from; it calls nobody"},
		"internal/connect":                 {[]string{".", "internal/catalog", "internal/clock", "internal/m365", "internal/secret"}, "a connection is a credential and a client; it neither collects nor stores events"},
		"internal/health":                  {[]string{".", "internal/catalog", "internal/clock"}, "parts report to health through small interfaces of their own; health asks none of them"},
		"internal/access":                  {[]string{".", "internal/catalog", "internal/clock", "internal/secret"}, "who may do what is decided without knowing what is done, or over which protocol it was asked"},
		"internal/sso":                     {[]string{".", "internal/clock", "internal/secret"}, "it believes what a provider signed; who that is here, and what they may do, is decided elsewhere"},
		"internal/access/accesstest":       {nil, "a device for tests signs as the standard says, without the code that checks it; nothing that ships imports it"},
		"internal/audit":                   {[]string{".", "internal/catalog", "internal/clock"}, "the log records what others decide and must be in reach of all of them, so it knows none"},
		"internal/approval":                {[]string{".", "internal/access", "internal/catalog", "internal/clock"}, "approvals keep who asked and who agreed; what is done then is the caller's business. Of access it needs who somebody is and what he may"},
		"internal/alert":                   {[]string{".", "internal/catalog", "internal/clock", "internal/spelling"}, "an alert is what findings and people make of it; which rule found it and who is told are others' business"},
		"internal/alert/notify":            {[]string{".", "internal/alert", "internal/catalog", "internal/clock", "internal/secret"}, "the outbox carries what happened to alerts; how a message looks and travels is its sinks' business, which it must not know"},
		"internal/alert/notify/email":      {[]string{".", "internal/alert/notify", "internal/secret"}, sinkWhy},
		"internal/alert/notify/notifytest": {nil, "the other side of notifications knows nothing of ours; nothing that ships imports it"},
		"internal/alert/notify/pagerduty":  {[]string{".", "internal/alert/notify", "internal/secret"}, sinkWhy},
		"internal/alert/notify/slack":      {[]string{".", "internal/alert/notify", "internal/secret"}, sinkWhy},
		"internal/alert/notify/syslog":     {[]string{".", "internal/alert/notify", "internal/secret"}, sinkWhy},
		"internal/alert/notify/teams":      {[]string{".", "internal/alert/notify", "internal/secret"}, sinkWhy},
		"internal/alert/notify/webhook":    {[]string{".", "internal/alert/notify", "internal/secret"}, sinkWhy},
		"internal/collect":                 {[]string{".", "internal/catalog", "internal/clock", "internal/journal", "internal/m365", "internal/normalise", "internal/secret"}, "collection ends in the journal; queries and connections are not its business, and of secret it needs the type of the webhook's shared value alone"},
		"internal/query":                   {[]string{".", "internal/clock", "internal/journal", "internal/spelling"}, "a query reads segments and nothing else: no catalog of its own, no secret within reach"},
		"internal/search":                  {[]string{".", "internal/journal", "internal/query"}, "a search becomes SQL; whoever runs it decides which tenants it sees. Of the journal it needs what a word is, of query the columns"},
		"internal/saved":                   {[]string{".", "internal/catalog", "internal/clock", "internal/search"}, "a saved search is a row; whoever asks for it says as whom. Of search it needs whether a question can be asked"},
		"internal/dashboard":               {[]string{"."}, "a dashboard is a file; running its queries needs to know who asks"},
		"internal/geo":                     {[]string{".", "internal/clock", "internal/secret"}, "an atlas reads files and answers of addresses; where events are kept is not its business, and of secret it needs the type of a download key alone"},
		"internal/geo/compile":             {nil, "it makes files before there is a product to read them"},
		"internal/signin":                  {[]string{".", "internal/geo", "internal/query"}, "sign-ins by place are a question of the journal like any other; of geo it needs what licences ask to be shown with places"},
		"internal/sigma":                   {[]string{"."}, "a rule is a text that an event fits or not; where events come from and what a match leads to is not its business"},
		"internal/sigma/index":             {[]string{".", "internal/sigma"}, "the index answers as the plain evaluator of its parent does, faster; it knows nothing else"},
		"internal/ruleset":                 {[]string{".", "internal/catalog", "internal/clock", "internal/sigma", "internal/spelling", "rules"}, "it says which rules are in force; asking events of them is detect's business"},
		"rules":                            {nil, "the shipped rules are files; what reads them knows them, not they it"},
		"internal/correlate":               {[]string{".", "internal/sigma"}, "a correlation is state over matches; where events come from, where the state is kept and who is told of a hit is not its business"},
		"internal/schedule":                {[]string{".", "internal/catalog", "internal/clock", "internal/ruleset"}, "it asks rules on time; who answers questions and keeps findings is handed in, so that it knows neither queries nor alerts"},
		"internal/detect":                  {[]string{".", "internal/catalog", "internal/clock", "internal/correlate", "internal/journal", "internal/normalise", "internal/ruleset", "internal/sigma", "internal/sigma/index"}, "detection reads the journal and hands over findings; which rules there are and what becomes of findings is decided elsewhere"},
		"internal/config":                  {[]string{".", "internal/spelling"}, "options are values; what they do is decided in app"},
		"internal/api": {[]string{
			".", "internal/access", "internal/alert", "internal/alert/notify", "internal/approval", "internal/audit", "internal/clock", "internal/collect", "internal/connect", "internal/dashboard", "internal/detect", "internal/health",
			"internal/journal", "internal/query", "internal/ruleset", "internal/saved", "internal/schedule", "internal/search", "internal/secret", "internal/signin", "internal/spelling", "internal/sso",
		}, "the API translates between HTTP and the parts that it speaks for; it has no store, no client of Microsoft's and no files"},
		"internal/web":         {[]string{"."}, "the console is files and headers; what it shows comes from the API"},
		"internal/sim":         {nil, "the simulator shares no code with the product, or a mistake in both would cancel out"},
		"internal/sim/simtest": {nil, "the simulator's own tests use it, so it may not know the simulator; nothing that ships imports it"},
		"internal/app": {[]string{
			".", "internal/api", "internal/dashboard", "internal/web", "internal/access", "internal/alert", "internal/alert/notify", "internal/alert/notify/email", "internal/alert/notify/pagerduty", "internal/alert/notify/slack", "internal/alert/notify/syslog", "internal/alert/notify/teams", "internal/alert/notify/webhook", "internal/approval", "internal/audit", "internal/catalog", "internal/clock", "internal/collect", "internal/config", "internal/connect", "internal/detect", "internal/geo", "internal/health",
			"internal/journal", "internal/m365", "internal/normalise", "internal/query", "internal/ruleset", "internal/saved", "internal/schedule", "internal/secret", "internal/sso",
		}, "app wires all parts of the product; the simulator is not one"},
		"internal/cli": {[]string{
			".", "internal/access", "internal/alert", "internal/alert/notify", "internal/app", "internal/approval", "internal/audit", "internal/catalog", "internal/clock", "internal/collect", "internal/config", "internal/connect", "internal/correlate", "internal/detect", "internal/geo", "internal/health",
			"internal/journal", "internal/m365", "internal/query", "internal/ruleset", "internal/saved", "internal/search", "internal/secret", "internal/sigma", "internal/sigma/index", "internal/sim", "internal/spelling",
		}, "the command line prints what the parts answer"},
		"cmd/nightjar": {[]string{"internal/cli"}, "main hands over at once"},
	}
}

// TestImportsFollowTheArrows fails when a package imports what it must not.
// A new package fails too until its arrow, with its reason, stands above.
func TestImportsFollowTheArrows(t *testing.T) {
	t.Parallel()
	rules := arrows()
	for dir, imports := range ownImports(t) {
		rule, known := rules[dir]
		if !known {
			if !strings.HasPrefix(dir, "bench/") && !strings.HasPrefix(dir, "test/") && dir != "bench" && dir != "test" {
				t.Errorf("%s has no arrow: say in arrows_test.go what it may import and why", dir)
			}
			continue
		}
		for _, imported := range imports {
			if !slices.Contains(rule.may, imported) {
				t.Errorf("%s imports %s; it must not: %s", dir, imported, rule.why)
			}
		}
	}
}

// ownImports returns, for each folder with Go files, the folders of this
// module that its non-test files import.
func ownImports(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && skipped(path) {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		dir := filepath.ToSlash(filepath.Dir(path))
		if _, ok := found[dir]; !ok {
			found[dir] = nil
		}
		for _, spec := range file.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if name == module {
				found[dir] = append(found[dir], ".")
			} else if own, ok := strings.CutPrefix(name, module+"/"); ok {
				found[dir] = append(found[dir], own)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func skipped(path string) bool {
	base := filepath.Base(path)
	return path != "." && (strings.HasPrefix(base, ".") || base == "testdata" || path == "bin" || path == "data" || path == "dist" || base == "node_modules" || path == filepath.Join("internal", "web", "dist"))
}
