package store

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"nests/internal/nest"
)

// Root may write everywhere, so the test drops root's file permissions on its own thread (Linux: setfsuid).
func TestReadOnlyFileIsRefused(t *testing.T) {
	for name, modes := range map[string]struct{ folder, file os.FileMode }{
		"file":   {0o700, 0o400},
		"folder": {0o500, 0o600},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			path := filepath.Join(folder, "data", "nests.db")
			if err := openFile(t, path).Close(); err != nil {
				t.Fatal(err)
			}
			defer os.Chmod(filepath.Dir(path), 0o700)
			const nobody = 65534
			if os.Getuid() == 0 {
				for _, name := range []string{folder, filepath.Dir(folder)} {
					if err := os.Chmod(name, 0o755); err != nil {
						t.Fatal(err)
					}
				}
				if err := errors.Join(
					os.Chown(path, nobody, nobody),
					os.Chown(filepath.Dir(path), nobody, nobody),
				); err != nil {
					t.Fatal(err)
				}
			}
			if err := errors.Join(os.Chmod(path, modes.file), os.Chmod(filepath.Dir(path), modes.folder)); err != nil {
				t.Fatal(err)
			}
			if os.Getuid() == 0 {
				runtime.LockOSThread()
				defer runtime.UnlockOSThread()
				defer syscall.Setfsuid(0)
				syscall.Setfsuid(nobody)
			}
			db, err := Open(t.Context(), Config{Path: path}, slog.New(slog.DiscardHandler))
			if err == nil {
				db.Close()
			}
			if nest.CodeOf(err) != CodeReadOnly {
				t.Errorf("got %v", err)
			}
		})
	}
}
