package query

import "golang.org/x/sys/unix"

const auditArch = unix.AUDIT_ARCH_AARCH64

// deniedCallsOfArch are the forms that only this architecture numbers.
func deniedCallsOfArch() []uint32 { return []uint32{unix.SYS_RENAMEAT} }
