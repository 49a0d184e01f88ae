package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nightjar-sec/nightjar/internal/app"
	"github.com/nightjar-sec/nightjar/internal/config"
)

func newEventShow(p Process) *cobra.Command {
	var raw bool
	cmd := &cobra.Command{
		Use: "show REF", Short: "Print one event with all that is known of it", Args: exactArguments(1, "a reference, as the column ref of a query gives it"),
		RunE: func(cmd *cobra.Command, args []string) error {
			segment, row, err := parseRef(args[0])
			if err != nil {
				return err
			}
			return within(p, cmd, app.AccessRead, func(ctx context.Context, a *app.App, _ *config.Config) error {
				e, err := a.Journal().Read(ctx, segment, row)
				if err != nil {
					return err
				}
				if raw {
					_, err := p.jsonTo(p.Stdout).Write(append(bytes.Clone(e.Raw), '\n'))
					return err
				}
				name := string(e.Tenant)
				if t, err := oneTenant(ctx, a, name); err == nil {
					name = t.Name
				}
				line, err := json.Marshal(lineOf(e, name))
				if err != nil {
					return err
				}
				var pretty bytes.Buffer
				if err := json.Indent(&pretty, line, "", "  "); err != nil {
					return err
				}
				pretty.WriteByte('\n')
				_, err = pretty.WriteTo(p.jsonTo(p.Stdout))
				return err
			})
		},
	}
	cmd.Flags().BoolVar(&raw, "raw", false, "print the record as received, byte for byte")
	return withConfig(cmd, false)
}

// parseRef reads segment:row.
func parseRef(ref string) (segment, row int64, err error) {
	left, right, found := strings.Cut(ref, ":")
	segment, errSegment := strconv.ParseInt(left, 10, 64)
	row, errRow := strconv.ParseInt(right, 10, 64)
	if !found || errSegment != nil || errRow != nil || segment < 1 || row < 0 {
		return 0, 0, usageError("nightjar query \"SELECT ref, operation FROM management LIMIT 5\" gives some", "%q is not a reference like 12:345", ref)
	}
	return segment, row, nil
}
