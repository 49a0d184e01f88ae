//go:build unix

package health

import "golang.org/x/sys/unix"

// freeBytes is the space that an unprivileged process may still take.
func freeBytes(dir string) (uint64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, err
	}
	return uint64(st.Bavail) * uint64(st.Bsize), nil //nolint:unconvert // both are counts; their types differ between systems
}
