package cli

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/nightjar-sec/nightjar"
)

// TestInterruptedCommandsEndWith130 runs a collection whose context ends
// before it begins to wait for Microsoft.
func TestInterruptedCommandsEndWith130(t *testing.T) {
	t.Parallel()
	l, tenant := newCanaryLab(t)
	if code, out := l.run(t.Context(), canary, nil, "tenant", "add", "--name", "lab", "--id", tenant.ID, "--client-id", tenant.ClientID, "--cloud", "sim", "--client-secret-file", "-"); code != 0 {
		t.Fatalf("tenant add: exit code %d\n%s", code, out)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(&nightjar.Error{Code: nightjar.CodeInterrupted, Message: "interrupted"})
	code, out := l.run(ctx, "", nil, "collect", "--once")
	if code != exitInterrupted || !strings.Contains(out, "Error: ") {
		t.Errorf("exit code %d, want %d\n%s", code, exitInterrupted, out)
	}
}

func TestAStartThatIsRefusedDoesNotCountAsACrash(t *testing.T) {
	t.Parallel()
	l, _ := newCanaryLab(t)
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for range 2 {
		code, out := l.run(t.Context(), "", nil, "serve", "--listen", taken.Addr().String())
		if code != exitFailed || !strings.Contains(out, "cannot listen on ") || strings.Contains(out, "unclean_shutdown") {
			t.Errorf("exit code %d\n%s", code, out)
		}
	}
}

func TestExitCodesFollowTheCodes(t *testing.T) {
	t.Parallel()
	for code, want := range map[nightjar.Code]int{
		nightjar.CodeInternal: exitFailed, nightjar.CodeInvalid: exitUsage, nightjar.CodeNotFound: exitFailed, nightjar.CodeConflict: exitFailed,
		nightjar.CodeUnauthorized: exitAuth, nightjar.CodeForbidden: exitAuth, nightjar.CodeThrottled: exitFailed, nightjar.CodeUnavailable: exitFailed,
		nightjar.CodeIncomplete: exitPartial, nightjar.CodeLimit: exitFailed, nightjar.CodeCorrupt: exitFailed, nightjar.CodeDiskFull: exitFailed,
		nightjar.CodeInterrupted: exitInterrupted,
	} {
		if got := exitCode(errors.Join(&nightjar.Error{Code: code, Message: "x"})); got != want {
			t.Errorf("%s ends with %d, want %d", code, got, want)
		}
	}
	if got := exitCode(&findingsError{"2 gaps"}); got != exitFindings {
		t.Errorf("findings end with %d", got)
	}
}
