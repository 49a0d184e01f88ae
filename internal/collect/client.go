package collect

import (
	"context"
	"sync"
	"time"

	"github.com/nightjar-sec/nightjar/internal/m365"
)

// clientKept is how long a feed uses its client before it asks for it again.
// Asking reads the connection from the catalog, which for each of many small
// blobs would cost a twentieth of all that collecting them does.
const clientKept = time.Second

// keptClient is a feed's client as it was lately. Safe for concurrent use.
type keptClient struct {
	mu       sync.Mutex
	activity *m365.Activity
	until    time.Time
}

// activity returns the client of the feed's tenant.
func (f *feedRun) activity(ctx context.Context) (*m365.Activity, error) {
	k, now := &f.client, f.c.clock.Now()
	k.mu.Lock()
	kept, fresh := k.activity, now.Before(k.until)
	k.mu.Unlock()
	if fresh {
		return kept, nil
	}
	act, err := f.c.cfg.Activity(ctx, f.tenant)
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.activity, k.until = act, now.Add(clientKept)
	return act, nil
}
