package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"nests/internal/nest"
)

// lockFile marks a data folder as used: whoever serves from it or changes its database shares the lock, whoever restores into it wants
// it alone. The kernel frees it with the process, however that ends.
const lockFile = "nests.lock"

const codeDataInUse nest.Code = "data_in_use"

// share takes the folder beside others who run on it. Where no lock can be had (a read-only folder, some network disks), it goes on
// without: nobody can restore there either.
func lockShared(folder string) (*os.File, error) {
	f, err := lockFolder(folder, syscall.LOCK_SH)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, &nest.Error{Code: codeDataInUse, Message: "A backup is being restored into the data folder " + folder, Err: err,
			Hint: "Wait until `nests restore` has ended, then start again."}
	}
	return f, nil
}

// alone takes the folder for this process only.
func lockExclusive(folder string) (*os.File, error) {
	f, err := lockFolder(folder, syscall.LOCK_EX)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, &nest.Error{Code: codeDataInUse, Message: "A server runs on the data folder " + folder, Err: err,
			Hint: "Restore into a new folder (--data-dir), or stop the server and move its folder away first."}
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
