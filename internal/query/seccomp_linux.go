package query

import (
	"os"

	"golang.org/x/sys/unix"
)

// Offsets in struct seccomp_data (linux/seccomp.h); arguments are little-endian
// 64-bit words, their low half first.
const (
	offsetNumber = 0
	offsetArch   = 4
	offsetArg0   = 16
	offsetArg2   = 32
)

// deniedCalls fail with EPERM: new processes, sockets, other processes'
// memory, anything that changes a file system, kernel facilities.
func deniedCalls() []uint32 {
	calls := []uint32{
		unix.SYS_EXECVE, unix.SYS_EXECVEAT,
		unix.SYS_SOCKET, unix.SYS_SOCKETPAIR, unix.SYS_CONNECT, unix.SYS_BIND, unix.SYS_LISTEN,
		unix.SYS_ACCEPT, unix.SYS_ACCEPT4, unix.SYS_SENDTO, unix.SYS_SENDMSG, unix.SYS_SENDMMSG,
		unix.SYS_PTRACE, unix.SYS_PROCESS_VM_READV, unix.SYS_PROCESS_VM_WRITEV, unix.SYS_KILL, unix.SYS_TKILL,
		unix.SYS_RT_SIGQUEUEINFO, unix.SYS_RT_TGSIGQUEUEINFO, unix.SYS_PROCESS_MADVISE,
		unix.SYS_PIDFD_OPEN, unix.SYS_PIDFD_GETFD, unix.SYS_PIDFD_SEND_SIGNAL, unix.SYS_KCMP,
		unix.SYS_UNLINKAT, unix.SYS_RENAMEAT2, unix.SYS_MKDIRAT, unix.SYS_LINKAT, unix.SYS_SYMLINKAT,
		unix.SYS_MKNODAT, unix.SYS_FCHMOD, unix.SYS_FCHMODAT, unix.SYS_FCHOWN, unix.SYS_FCHOWNAT,
		unix.SYS_TRUNCATE, unix.SYS_UTIMENSAT, unix.SYS_SETXATTR, unix.SYS_FSETXATTR, unix.SYS_LSETXATTR,
		unix.SYS_MOUNT, unix.SYS_UMOUNT2, unix.SYS_PIVOT_ROOT, unix.SYS_CHROOT, unix.SYS_UNSHARE, unix.SYS_SETNS,
		unix.SYS_OPEN_TREE, unix.SYS_MOVE_MOUNT, unix.SYS_FSOPEN, unix.SYS_FSMOUNT,
		unix.SYS_INIT_MODULE, unix.SYS_FINIT_MODULE, unix.SYS_DELETE_MODULE, unix.SYS_KEXEC_LOAD,
		unix.SYS_BPF, unix.SYS_PERF_EVENT_OPEN, unix.SYS_USERFAULTFD,
		unix.SYS_KEYCTL, unix.SYS_ADD_KEY, unix.SYS_REQUEST_KEY,
		unix.SYS_IO_URING_SETUP, unix.SYS_IO_URING_ENTER, unix.SYS_IO_URING_REGISTER,
		unix.SYS_MEMFD_CREATE, unix.SYS_OPEN_BY_HANDLE_AT, unix.SYS_FANOTIFY_INIT,
		unix.SYS_SHMGET, unix.SYS_MSGGET, unix.SYS_SEMGET, unix.SYS_MQ_OPEN,
		unix.SYS_REBOOT, unix.SYS_SETTIMEOFDAY, unix.SYS_CLOCK_SETTIME, unix.SYS_ADJTIMEX, unix.SYS_ACCT,
		unix.SYS_SWAPON, unix.SYS_SETUID, unix.SYS_SETGID, unix.SYS_SETRESUID, unix.SYS_SETRESGID, unix.SYS_CAPSET,
	}
	return append(calls, deniedCallsOfArch()...)
}

// denySystemCalls installs the filter. Files open for reading only; threads
// may start, processes may not. clone3 and openat2 pass their flags in memory,
// which a filter cannot read: they answer ENOSYS, and libc falls back to the
// older calls.
func denySystemCalls() error {
	ret := func(action uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: action}
	}
	load := func(offset uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset}
	}
	jump := func(op uint16, k uint32, yes, no uint8) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_JMP | op | unix.BPF_K, K: k, Jt: yes, Jf: no}
	}
	const refuse = unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)
	const absent = unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)
	const writing = unix.O_WRONLY | unix.O_RDWR | unix.O_CREAT | unix.O_TRUNC | unix.O_APPEND

	program := []unix.SockFilter{
		load(offsetArch),
		jump(unix.BPF_JEQ, auditArch, 1, 0),
		ret(unix.SECCOMP_RET_KILL_PROCESS),
		load(offsetNumber),
		// Numbers from here up are the x32 ABI of amd64: a second door.
		jump(unix.BPF_JGE, 0x40000000, 0, 1),
		ret(refuse),
	}
	for _, nr := range deniedCalls() {
		program = append(program, jump(unix.BPF_JEQ, nr, 0, 1), ret(refuse))
	}
	for _, nr := range []uint32{unix.SYS_CLONE3, unix.SYS_OPENAT2} {
		program = append(program, jump(unix.BPF_JEQ, nr, 0, 1), ret(absent))
	}
	program = append(program,
		jump(unix.BPF_JEQ, unix.SYS_OPENAT, 0, 4),
		load(offsetArg2),
		jump(unix.BPF_JSET, writing, 0, 1),
		ret(refuse),
		ret(unix.SECCOMP_RET_ALLOW),

		jump(unix.BPF_JEQ, unix.SYS_CLONE, 0, 4),
		load(offsetArg0),
		jump(unix.BPF_JSET, unix.CLONE_THREAD, 1, 0),
		ret(refuse),
		ret(unix.SECCOMP_RET_ALLOW),

		jump(unix.BPF_JEQ, unix.SYS_TGKILL, 0, 4),
		load(offsetArg0),
		jump(unix.BPF_JEQ, uint32(os.Getpid()), 1, 0),
		ret(refuse),
		ret(unix.SECCOMP_RET_ALLOW),

		// Limits of this process only: 0 is the caller.
		jump(unix.BPF_JEQ, unix.SYS_PRLIMIT64, 0, 4),
		load(offsetArg0),
		jump(unix.BPF_JEQ, 0, 1, 0),
		ret(refuse),
		ret(unix.SECCOMP_RET_ALLOW),

		ret(unix.SECCOMP_RET_ALLOW),
	)
	return installFilter(program)
}
