package normalise

import (
	"slices"
	"strings"

	"github.com/nightjar-sec/nightjar"
)

// Drops reports whether a feed's filter drops the event.
func Drops(f nightjar.FeedFilter, e *nightjar.Event) bool {
	if slices.Contains(f.DropRecordTypes, int(e.RecordType)) {
		return true
	}
	return slices.ContainsFunc(f.DropOperations, func(operation string) bool {
		return strings.EqualFold(operation, e.Operation)
	})
}
