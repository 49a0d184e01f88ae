package app

import (
	"context"
	"strings"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/clock"
)

// sandboxDelay keeps the look at the query sandbox, which starts a worker, out
// of the start of the daemon.
const sandboxDelay = 30 * time.Second

// watchSandbox says how well this kernel confines query workers. It is looked
// at once: kernels do not change while a process runs.
func (a *App) watchSandbox(ctx context.Context) error {
	if clock.Real().Sleep(ctx, sandboxDelay) == nil {
		a.lookAtSandbox(ctx)
	}
	<-ctx.Done()
	return nil
}

func (a *App) lookAtSandbox(ctx context.Context) {
	missing := ""
	engine, err := a.Query(-1)
	if err == nil {
		caps, capsErr := engine.Capabilities(ctx)
		engine.Close()
		missing, err = strings.Join(caps.Missing(), "; "), capsErr
	}
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		missing = "no query can run: " + err.Error()
	}
	if missing != "" {
		a.registry.Set(nightjar.WarnWorkerSandboxIncomplete, "", "", map[string]string{"missing": missing})
	}
}

// damaged passes what the journal finds of its files on to the warnings.
func (a *App) damaged(tenant nightjar.TenantID, err error) {
	if err == nil {
		a.registry.Clear(nightjar.WarnSegmentDamaged, tenant, "")
		return
	}
	a.registry.Set(nightjar.WarnSegmentDamaged, tenant, "", map[string]string{"reason": err.Error()})
}
