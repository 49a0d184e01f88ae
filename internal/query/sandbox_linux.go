package query

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"strconv"
	"strings"
	"unsafe"

	"github.com/landlock-lsm/go-landlock/landlock"
	"golang.org/x/sys/unix"
)

// addressOverhead is the room that a worker gets above its memory limit:
// thread stacks, the allocator's arenas, Go's own heap and the result on its
// way out. DuckDB's memory_limit alone does not hold (a single string of
// 4 GB passes it); RLIMIT_AS does.
const addressOverhead = 768 << 20

// confine takes from this process everything that a query does not need. It
// cannot be undone. The layers are independent: each holds when another is
// missing in the kernel.
func confine(s setup) (Capabilities, error) {
	var caps Capabilities
	os.Clearenv()
	for _, l := range []struct {
		resource int
		value    uint64
	}{
		{unix.RLIMIT_CORE, 0},
		{unix.RLIMIT_FSIZE, 0},
		{unix.RLIMIT_NOFILE, 1 << 16}, // a query may touch thousands of fresh segments
	} {
		if err := lower(l.resource, l.value); err != nil {
			return caps, err
		}
	}
	used, err := addressSpace()
	if err != nil {
		return caps, err
	}
	if err := lower(unix.RLIMIT_AS, used+uint64(s.MemoryBytes)+addressOverhead); err != nil {
		return caps, err
	}
	caps.AddressRoom = true
	debug.SetMemoryLimit(256 << 20)

	caps.Landlock, err = landlockABI()
	if err != nil {
		return caps, err
	}
	if caps.Landlock > 0 {
		err := landlock.V7.BestEffort().Restrict(landlock.RODirs(s.Directories...))
		if err != nil {
			return caps, fmt.Errorf("restrict file access: %w", err)
		}
	}
	if err := denySystemCalls(); err != nil {
		return caps, fmt.Errorf("filter system calls: %w", err)
	}
	caps.Seccomp = true
	return caps, nil
}

// lower sets both limits, never above what is in force. RLIMIT_NPROC is not
// used: it counts all threads of the user, in other processes too, so a low
// value would stop DuckDB's own threads; the system call filter denies new
// processes instead.
func lower(resource int, value uint64) error {
	var now unix.Rlimit
	if err := unix.Getrlimit(resource, &now); err != nil {
		return fmt.Errorf("read resource limit %d: %w", resource, err)
	}
	value = min(value, now.Max)
	if err := unix.Setrlimit(resource, &unix.Rlimit{Cur: value, Max: value}); err != nil {
		return fmt.Errorf("set resource limit %d: %w", resource, err)
	}
	return nil
}

// addressSpace returns the bytes of address space in use.
func addressSpace() (uint64, error) {
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, fmt.Errorf("read own size: %w", err)
	}
	first, _, _ := strings.Cut(string(b), " ")
	pages, err := strconv.ParseUint(first, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read own size: %w", err)
	}
	return pages * uint64(os.Getpagesize()), nil
}

// landlockABI asks the kernel for its Landlock version; 0 means none.
func landlockABI() (int, error) {
	abi, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	switch {
	case errno == 0:
		return int(abi), nil
	case errors.Is(errno, unix.ENOSYS), errors.Is(errno, unix.EOPNOTSUPP):
		return 0, nil
	default:
		return 0, fmt.Errorf("ask for the Landlock version: %w", errno)
	}
}

// allowCPU bounds the CPU time of the next query. The hard limit stays, so
// that a warm worker can be given more for its next query; SIGXCPU ends it.
func allowCPU(seconds int64) error {
	var use unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &use); err != nil {
		return fmt.Errorf("read CPU time: %w", err)
	}
	var now unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_CPU, &now); err != nil {
		return fmt.Errorf("read CPU limit: %w", err)
	}
	now.Cur = min(now.Max, uint64(use.Utime.Sec+use.Stime.Sec+seconds+1))
	if err := unix.Setrlimit(unix.RLIMIT_CPU, &now); err != nil {
		return fmt.Errorf("set CPU limit: %w", err)
	}
	return nil
}

// exitOnCPULimit ends the process when the kernel says that its CPU time is up.
func exitOnCPULimit() {
	c := make(chan os.Signal, 1)
	signal.Notify(c, unix.SIGXCPU)
	go func() {
		<-c
		os.Exit(exitCPULimit)
	}()
}

// installFilter puts the program before every system call of every thread.
func installFilter(program []unix.SockFilter) error {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("set no_new_privs: %w", err)
	}
	fprog := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER,
		unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&fprog))) // the kernel's calling convention
	if errno != 0 {
		return fmt.Errorf("seccomp: %w", errno)
	}
	return nil
}
