package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"nests/internal/diagnose"
)

// sqliteFaults are faults of the database file.
func sqliteFaults(t *testing.T, all *table) {
	s := startServer(t, "NESTS_RATE_LIMITS=off")
	host := s.user()
	id, _ := host.create()
	s.becomesHealthy(id, faultLimit)
	other := s.openSQLite()
	execSQL(t, other, `BEGIN IMMEDIATE`)
	all.expectVerdicts(s, fault{
		name:   "database locked by another program",
		nest:   id,
		report: diagnose.StoreLocked,
		doctor: diagnose.StoreLocked,
		url:    diagnose.StoreLocked,
	})
	execSQL(t, other, `ROLLBACK`)
	s.becomesHealthy(id, faultLimit)

	execSQL(t, other, `INSERT INTO migrations (version, name) VALUES (999, 'of tomorrow')`)
	all.expectVerdicts(s, fault{name: "database of a newer version, server runs", doctor: diagnose.StoreTooNew})
	s.stop()
	all.expectVerdicts(s, fault{
		name:   "pair: database of a newer version, server stopped",
		nest:   id,
		doctor: diagnose.StoreTooNew,
		url:    diagnose.WrongAPIBase,
	})
	execSQL(t, other, `DELETE FROM migrations WHERE version = 999`)
	other.Close()

	path := filepath.Join(s.dir, "nests.db")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(whole)
	for i := 4096; i < len(flipped)-4096; i += 4096 {
		copy(flipped[i:], bytes.Repeat([]byte("garbage!"), 512))
	}
	write := func(content []byte) {
		t.Helper()
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(flipped)
	all.expectVerdicts(s, fault{name: "database with flipped bytes", nest: id, doctor: diagnose.StoreCorrupt})
	write(bytes.Repeat([]byte("hello "), 2000))
	all.expectVerdicts(s, fault{name: "a file that is no database", doctor: diagnose.StoreCorrupt})
	write(whole) // the backup, as the hint says
	s.start()
	s.becomesHealthy(id, faultLimit)
}

// diskFaults use a small disk.
func diskFaults(t *testing.T, all *table) {
	if os.Getuid() != 0 {
		t.Skip("only root may mount a small disk")
	}
	s := newServer(t, "NESTS_RATE_LIMITS=off")
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=96m,mode=700", "tmpfs",
		s.dir).CombinedOutput(); err != nil {
		t.Skipf("no small disk can be mounted: %s", out)
	}
	t.Cleanup(func() {
		s.kill()
		if out, err := exec.Command("umount", s.dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %s", out)
		}
	})
	s.start()
	id, _ := s.user().create()
	s.becomesHealthy(id, faultLimit)
	ballast := filepath.Join(s.dir, "ballast")
	fill := exec.Command("dd", "if=/dev/zero", "of="+ballast, "bs=4k", "status=none")
	if err := fill.Run(); err == nil {
		t.Fatal("the disk cannot be filled")
	}
	all.expectVerdicts(s, fault{
		name:   "disk full",
		nest:   id,
		report: diagnose.DiskFull,
		doctor: diagnose.DiskFull,
		url:    diagnose.DiskFull,
	})
	stranger := s.openSQLite()
	execSQL(t, stranger, `BEGIN IMMEDIATE`)
	all.expectVerdicts(s, fault{
		name:   "pair: disk full, database locked",
		nest:   id,
		report: diagnose.DiskFull,
		doctor: diagnose.DiskFull,
	})
	execSQL(t, stranger, `ROLLBACK`)
	stranger.Close()
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	s.becomesHealthy(id, faultLimit)
}

// rightsFaults are missing permissions on the data folder.
func rightsFaults(t *testing.T, all *table) {
	if os.Getuid() != 0 {
		t.Skip("only root may become another user")
	}
	const nobody = 65534
	s := newServer(t)
	s.as = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	for dir := s.dir; len(dir) >= len(os.TempDir()) && dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if info, err := os.Stat(dir); err == nil && info.Mode().Perm()&0o005 != 0o005 {
			if err := os.Chmod(dir, info.Mode().Perm()|0o055); err != nil {
				t.Fatal(err)
			}
		}
	}
	own := func(who int, mode os.FileMode) {
		t.Helper()
		entries, err := os.ReadDir(s.dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range append(names(entries), "") {
			os.Chown(filepath.Join(s.dir, path), who, who)
		}
		os.Chmod(filepath.Join(s.dir, "nests.db"), mode)
	}
	own(nobody, 0o600)
	if err := exec.Command("setpriv", "--reuid="+strconv.Itoa(nobody), "--clear-groups", "test", "-x",
		binary(t)).Run(); err != nil {
		t.Skip("another user cannot run the binary where it lies")
	}
	s.start()
	s.becomesHealthy("", faultLimit)
	owner := s.as
	s.as = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody - 1, Gid: nobody - 1}}
	all.expectVerdicts(s, fault{
		name:   "nothing, but the doctor may not read the settings",
		doctor: diagnose.Unexplained,
	})
	s.as = owner
	s.stop()
	if err := os.Chown(filepath.Join(s.dir, "nests.db"), 0, 0); err != nil {
		t.Fatal(err)
	}
	os.Chmod(filepath.Join(s.dir, "nests.db"), 0o644)
	all.expectVerdicts(s, fault{
		name:   "pair: database may not be written, server stopped",
		doctor: diagnose.StoreReadOnly,
	})
	own(nobody, 0o600) // write permission, as the hint says
	s.start()
	s.becomesHealthy("", faultLimit)
}

func names(entries []os.DirEntry) (all []string) {
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}
