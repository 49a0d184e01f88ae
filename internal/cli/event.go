package cli

import "github.com/spf13/cobra"

func newEvent(p Process) *cobra.Command {
	return noun("event", "Read stored events", newEventExport(p), newEventTail(p), newEventShow(p))
}
