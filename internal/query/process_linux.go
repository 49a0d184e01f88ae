package query

import (
	"os/exec"
	"syscall"
)

// setAttributes keeps the terminal's interrupt from reaching the worker: the
// engine decides when it ends.
func setAttributes(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}
