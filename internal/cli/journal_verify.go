package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
	"github.com/nightjar-sec/nightjar/internal/journal"
)

// verifyLine is the result of journal verify as --json prints it.
type verifyLine struct {
	Segments int           `json:"segments"`
	Events   int64         `json:"events"`
	Bytes    int64         `json:"bytes"`
	Orphans  int           `json:"orphans"`
	Problems []problemLine `json:"problems"`
}

type problemLine struct {
	Kind    journal.ProblemKind `json:"kind"`
	Segment int64               `json:"segment,omitempty"`
	Path    string              `json:"path,omitempty"`
	Message string              `json:"message"`
}

func newJournalVerify(p Process) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "verify", Short: "Check every stored file against its checksum and its row", Args: noArguments,
		Long: `Reads the whole journal: that each file is there, whole and as it was written, that its
rows and token filters fit, that every record parses, and that no event is stored twice.
It works beside a running daemon, and ends with exit code 1 when something is wrong.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return within(p, cmd, app.AccessRead, func(ctx context.Context, a *app.App, _ *config.Config) error {
				shown := newProgress(p)
				report, err := a.Journal().Verify(ctx, func(now journal.VerifyProgress) {
					shown.say("%d of %s verified, %s, %s", now.Segments, counted(now.Of, "file"), counted(now.Events, "event"), counted(now.Problems, "problem"))
				})
				shown.end()
				if err != nil {
					return err
				}
				if err := printVerified(p, report, asJSON); err != nil {
					return err
				}
				if n := len(report.Problems); n > 0 {
					return &nightjar.Error{
						Code: nightjar.CodeCorrupt, Message: "the journal has " + counted(n, "problem"),
						Hint: "restore the named files from a backup: nightjar journal restore",
					}
				}
				return nil
			})
		},
	}
	jsonFlag(cmd, &asJSON)
	return withConfig(cmd, false)
}

func printVerified(p Process, r journal.VerifyReport, asJSON bool) error {
	if asJSON {
		line := verifyLine{Segments: r.Segments, Events: r.Events, Bytes: r.Bytes, Orphans: r.Orphans, Problems: []problemLine{}}
		for _, problem := range r.Problems {
			line.Problems = append(line.Problems, problemLine(problem))
		}
		return writeJSON(p, line)
	}
	for _, problem := range r.Problems {
		fmt.Fprintf(p.Stdout, "%s: %s %s\n", problem.Kind, problem.Path, problem.Message)
	}
	_, err := fmt.Fprintf(p.Stdout, "%s with %s, %s: %s\n", counted(r.Segments, "file"), counted(r.Events, "event"), counted(r.Bytes, "byte"), counted(len(r.Problems), "problem"))
	return err
}
