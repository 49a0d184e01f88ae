package collect

import (
	"slices"
	"strings"

	nightjar "github.com/nightjar-sec/nightjar"
)

// drops reports whether an administrator's filter leaves an event out.
func drops(filter nightjar.FeedFilter, e *nightjar.Event) bool {
	if slices.Contains(filter.DropRecordTypes, int(e.RecordType)) {
		return true
	}
	return slices.ContainsFunc(filter.DropOperations, func(op string) bool { return strings.EqualFold(op, e.Operation) })
}
