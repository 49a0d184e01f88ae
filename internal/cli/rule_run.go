package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/sigma"
	"github.com/nightjar-sec/nightjar/internal/sigma/index"
)

// maxEventLine is the longest line of events that is read.
const maxEventLine = 64 << 20

// ruleMatch is one line of rule run.
type ruleMatch struct {
	Rule  string `json:"rule"`
	Event string `json:"event"`
}

func newRuleRun(p Process) *cobra.Command {
	var (
		flags  ruleFlags
		format string
	)
	cmd := &cobra.Command{
		Use: "run", Short: "Say which events of a file match which Sigma rules", Args: noArguments,
		Long: `Prints a line for each match: the id of the rule and that of the event, and nothing
else on standard output. Rules and lines that cannot be read are named on standard
error with their file and line, the rest goes on, and the exit code is 5.
Of the source ual, rules may ask for what Nightjar adds to an event (nightjar.user and so
on); where an address is stays unknown, unless the record says it.
Correlations are run over the events by the time that these say:
their line names the event that completed them. Of a file that is not in the order of
time, the events that correlations rest on are sorted, up to a million of them and 1 GiB,
and the hits come last. Standard input is taken as it comes: where that leaves something
out, the exit code is 5. Rules on which correlations rest
print nothing of their own, unless the correlation says generate: true.`,
		Example: `  nightjar event export --raw > events.ndjson
  nightjar rule run --rules rules/ --input events.ndjson --source ual`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if format != "ndjson" {
				return usageError("--format ndjson", "--format %q is not known", format)
			}
			rules, bound, err := flags.bound(p, cmd)
			if err != nil {
				return err
			}
			tellUnrun(p, rules, bound)
			in, err := openInput(p, flags.input)
			if err != nil {
				return err
			}
			defer in.Close()
			ran, err := runRules(cmd.Context(), p, in, flags.input, rules, bound)
			if err != nil {
				return err
			}
			fmt.Fprintf(p.Stderr, "%s asked, %s\n", counted(ran.asked, "event"), counted(ran.matches, "hit"))
			return ran.incomplete(len(rules.Rejected()))
		},
	}
	flags.addInput(cmd)
	cmd.Flags().StringVar(&format, "format", "ndjson", "ndjson is the only `format`")
	return cmd
}

// tellUnrun says which rules the events cannot reach.
func tellUnrun(p Process, rules *sigma.Collection, source *sigma.Source) {
	other := 0
	for _, r := range rules.Rules {
		if source.Bind(r) == nil {
			other++
		}
	}
	if other > 0 {
		fmt.Fprintf(p.Stderr, "%s of other sources than %s not run (nightjar rule check lists them)\n", counted(other, "rule"), source.Name)
	}
}

// ranRules says what became of the lines of a file.
type ranRules struct {
	asked, unread, matches int
	late                   int64 // observations that came too late for correlations
}

// incomplete is an error when a part was left out.
func (r ranRules) incomplete(rejected int) error {
	if rejected+r.unread == 0 && r.late == 0 {
		return nil
	}
	err := &nightjar.Error{Code: nightjar.CodeIncomplete, Message: fmt.Sprintf("%s rejected, %s not read", counted(rejected, "rule"), counted(r.unread, "line"))}
	if r.late > 0 {
		err.Message += fmt.Sprintf(", %s left out of correlations", counted(r.late, "observation"))
		err.Hint = "name a file, which is sorted by time as far as it fits; or sort the events by CreationTime; or ask the journal itself: nightjar rule backtest"
	}
	err.Message += "; the rest was run"
	return err
}

// runRules asks rules of each line.
func runRules(ctx context.Context, p Process, in io.Reader, name string, rules *sigma.Collection, source *sigma.Source) (ran ranRules, err error) {
	out := bufio.NewWriterSize(p.Stdout, 1<<16)
	enc := json.NewEncoder(p.jsonTo(out))
	enc.SetEscapeHTML(false)
	progress := newProgress(p)
	defer progress.end()
	matcher := index.Compile([]*sigma.Source{source}, rules.Rules).NewMatcher()
	correlations, err := newCorrelating(rules, source)
	if err != nil {
		return ran, err
	}
	if correlations.state != nil {
		if correlations.keeping, err = disordered(p, name); err != nil {
			return ran, err
		}
	}
	defer correlations.tell(p)
	enriched := newEnriching(rules, source)
	defer enriched.tell(p)
	lines := newLineReader(in)
	print := func(found []ruleMatch) error {
		for _, m := range found {
			ran.matches++
			if err := enc.Encode(m); err != nil {
				return err
			}
		}
		return nil
	}
	for number := 1; ; number++ {
		if number%1000 == 0 {
			if err := context.Cause(ctx); err != nil {
				return ran, errors.Join(err, out.Flush())
			}
			progress.say("%s, %d matches", counted(number, "line"), ran.matches)
		}
		line, err := lines.next()
		if errors.Is(err, io.EOF) {
			found, err := correlations.end()
			ran.late = correlations.late()
			return ran, errors.Join(err, print(found), out.Flush())
		}
		if err != nil && nightjar.CodeOf(err) != nightjar.CodeLimit {
			return ran, errors.Join(fmt.Errorf("%s:%d: %w", name, number, err), out.Flush())
		}
		if err == nil && len(line) == 0 {
			continue
		}
		var found []ruleMatch
		if err == nil && !json.Valid(line) {
			err = &nightjar.Error{Code: nightjar.CodeCorrupt, Message: "the event is not valid JSON"}
		}
		if err == nil {
			var rules []int
			event := enriched.event(line)
			if rules, err = matcher.Match(source.Name, event); err == nil {
				found, err = correlations.says(event, rules, func() string { return eventID(line, number) })
			}
		}
		if err != nil {
			ran.unread++
			fmt.Fprintf(p.Stderr, "%s:%d: %s\n", name, number, safe(err.Error()))
			continue
		}
		ran.asked++
		if err := print(found); err != nil {
			return ran, err
		}
	}
}

// eventID returns the event's own id, or the number of its line.
func eventID(line []byte, number int) string {
	var members map[string]json.RawMessage
	if json.Unmarshal(line, &members) == nil {
		for _, name := range []string{"Id", "id", "ID", "_id", "eventDataId", "EventDataId"} {
			var id any
			if json.Unmarshal(members[name], &id) != nil {
				continue
			}
			switch id := id.(type) {
			case string:
				if id != "" {
					return id
				}
			case float64:
				return strings.TrimSpace(string(members[name]))
			}
		}
	}
	return fmt.Sprintf("line:%d", number)
}

// openInput opens a file, unpacking it when it is gzip.
func openInput(p Process, name string) (io.ReadCloser, error) {
	file := io.NopCloser(p.Stdin)
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, &nightjar.Error{Code: nightjar.CodeNotFound, Message: "read events", Hint: "name a file of events, or - for standard input", Err: err}
		}
		file = f
	}
	buffered := bufio.NewReaderSize(file, 1<<16)
	// An input too short to be gzip is read as it is, and so is one that fails:
	// the first line will say why.
	if magic, _ := buffered.Peek(2); !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		return struct {
			io.Reader
			io.Closer
		}{buffered, file}, nil
	}
	z, err := gzip.NewReader(buffered)
	if err != nil {
		return nil, errors.Join(&nightjar.Error{Code: nightjar.CodeCorrupt, Message: name + " is not gzip", Err: err}, file.Close())
	}
	return struct {
		io.Reader
		io.Closer
	}{z, file}, nil
}
