package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"nests/internal/nest"
)

// lockFile marks a data folder as used. A server, and a command that changes the database, hold the lock shared; a
// restore holds it exclusively. The kernel releases it when the process ends, however it ends.
const lockFile = "nests.lock"

const codeDataInUse nest.Code = "data_in_use"

// lockShared locks the folder together with other processes that use it. Where the file system has no locks, or is read
// only, it returns nil: a restore is not possible there either.
func lockShared(folder string) (*os.File, error) {
	f, err := lockFolder(folder, syscall.LOCK_SH)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, &nest.Error{
			Code:    codeDataInUse,
			Message: "A backup is being restored into the data folder " + folder,
			Hint:    "Wait until `nests restore` has finished, then start again.",
			Err:     err,
		}
	}
	return f, nil
}

// lockExclusive locks the folder for this process only.
func lockExclusive(folder string) (*os.File, error) {
	f, err := lockFolder(folder, syscall.LOCK_EX)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, &nest.Error{
			Code:    codeDataInUse,
			Message: "A server uses the data folder " + folder,
			Hint:    "Restore into a new folder (--data-dir), or stop the server and move its folder away first.",
			Err:     err,
		}
	}
	return f, err
}

func lockFolder(folder string, how int) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(folder, lockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock data folder: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("lock data folder: %w", err), f.Close())
	}
	return f, nil
}
