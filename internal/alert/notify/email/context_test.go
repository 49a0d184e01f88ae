package email

import (
	"context"
	"testing"
	"time"
)

// contextOf is as long as an attempt of the notifier's.
func contextOf(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	return context.WithTimeout(t.Context(), time.Minute)
}
