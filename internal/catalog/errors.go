package catalog

import (
	"errors"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/nightjar-sec/nightjar"
)

// Translate gives a database or file error the code that people and programs
// act on. Errors that have one already, and unknown ones, pass unchanged.
func Translate(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*nightjar.Error](err); ok {
		return err
	}
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return diskFull(err)
	}
	var sqliteErr *sqlite.Error
	if !errors.As(err, &sqliteErr) {
		return err
	}
	switch sqliteErr.Code() & 0xff { // the low byte is the primary result code
	case sqlite3.SQLITE_FULL:
		return diskFull(err)
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return &nightjar.Error{
			Code: nightjar.CodeConflict, Message: "the catalog is held by another process",
			Hint: "stop the other nightjar that writes to this data_dir", Err: err,
		}
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return &nightjar.Error{
			Code: nightjar.CodeCorrupt, Message: "the catalog is damaged",
			Hint: "restore the last backup: nightjar journal restore", Err: err,
		}
	default:
		return err
	}
}

func diskFull(err error) error {
	return &nightjar.Error{
		Code: nightjar.CodeDiskFull, Message: "no space is left on the disk of data_dir",
		Hint: "free space or enlarge the disk; collection goes on by itself afterwards", Err: err,
	}
}

// cannotCreate explains a data directory that cannot be made.
func cannotCreate(dir string, err error) error {
	if translated := Translate(err); nightjar.CodeOf(translated) == nightjar.CodeDiskFull {
		return translated
	}
	return &nightjar.Error{
		Code: nightjar.CodeInvalid, Message: "cannot create the data directory " + dir,
		Hint: "name a folder that you may write to with --data-dir or data_dir", Err: err,
	}
}
