package e2e

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"nests/internal/nesttest"
)

// at returns the same user at another server.
func (u *user) at(s *server) *user {
	s.secrets.add(u.secret, u.pubkey)
	return &user{t: s.t, s: s, secret: u.secret, pubkey: u.pubkey}
}

// expectCommand runs a command of the binary with the settings of this server. It must end with the exit code and
// print the text.
func (s *server) expectCommand(code int, says string, args ...string) {
	s.t.Helper()
	cmd := exec.CommandContext(within(s.t, 3*time.Minute), binary(s.t), args...)
	cmd.Env = s.environment()
	out, _ := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != code || !strings.Contains(string(out), says) ||
		len(s.secrets.leaks(string(out))) > 0 {
		s.t.Errorf("nests %s ended with %d; want %d and %q:\n%s", strings.Join(args, " "),
			cmd.ProcessState.ExitCode(), code, says, out)
	}
}

// A backup taken while users create and join holds everything that was acknowledged before it began. A server
// restored from it serves the whole API. An incomplete backup and a folder in use are refused.
func TestBackup(t *testing.T) {
	t.Parallel()
	for kind, database := range map[string]func(t *testing.T) []string{
		"sqlite":   func(*testing.T) []string { return nil },
		"postgres": func(t *testing.T) []string { return []string{"NESTS_POSTGRES=" + nesttest.Postgres(t)} },
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			env := []string{"NESTS_RATE_LIMITS=off"}
			s := startServer(t, append(env, database(t)...)...)
			host, ann, eve := s.user(), s.user(), s.user()
			id, _ := host.create()
			over, _ := host.create()
			host.mustPermit(id, ann.pubkey, map[string]any{"can_publish": true})
			if a := host.call(http.MethodDelete, "/"+id+"/participants/"+eve.pubkey,
				map[string]bool{"ban": true}); a.status != 204 {
				t.Fatalf("ban answered %d %s", a.status, a.text)
			}
			if a := host.call(http.MethodDelete, "/"+over, nil); a.status != 204 {
				t.Fatalf("end answered %d %s", a.status, a.text)
			}
			talker, listener := hearing(t, host, id)
			settings := []byte("# ours\nquota: 77\n")
			if err := os.WriteFile(filepath.Join(s.dir, "nests.yaml"), settings, 0o600); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(t.TempDir(), "nests.zip")
			made := createMeanwhile(t, host, func() {
				os.Remove(file)
				s.expectCommand(0, "checked: "+kind, "backup", file)
			})
			for _, bot := range []*nesttest.Bot{talker, listener} {
				if bot.Reason() != "" {
					t.Errorf("the backup disconnected a participant: %s", bot.Reason())
				}
				bot.Leave()
			}
			s.expectCommand(1, "data_in_use", "restore", file)
			s.kill()
			s.expectCommand(1, "not empty", "restore", file)

			restored := newServer(t, append(env, database(t)...)...)
			refusesDamaged(t, restored, file)
			restored.expectCommand(0, "restored the "+kind, "restore", file)
			if is, err := os.ReadFile(filepath.Join(restored.dir, "nests.yaml")); !bytes.Equal(is, settings) {
				t.Errorf("the settings came back as %q: %v", is, err)
			}
			restored.start()
			for _, acknowledged := range made {
				if a := restored.info(acknowledged); a.status != 200 {
					t.Errorf("a nest acknowledged before the backup began is not in it: %d %s", a.status, a.text)
				}
			}
			if a := restored.info(id); len(a.body["speakers"].([]any)) != 2 || a.str("host") != host.pubkey {
				t.Errorf("info answers %s", a.text)
			}
			expectRefusal(t, restored.info(over), 404, "nest_ended")
			expectRefusal(t, eve.at(restored).call(http.MethodGet, "/"+id, nil), 403, "banned")
			restored.expectSameKeys(s)
			hearing(t, host.at(restored), id)
			publishedBy := func(u *user) published {
				return published{u, restored.base() + "/api/v1/nests", "",
					func(url, method string) [][]string { return [][]string{{"u", url}, {"method", method}} }}
			}
			runStory(t, publishedBy(host.at(restored)), publishedBy(ann.at(restored)))
		})
	}
}

// createMeanwhile creates and joins nests without a pause and runs work meanwhile, again until nests were created
// during a run. It returns the nests that were acknowledged before the last run began.
func createMeanwhile(t *testing.T, host *user, work func()) (before []string) {
	t.Helper()
	var mu sync.Mutex
	var made []string
	stop := make(chan struct{})
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				id, _ := host.create()
				host.join(id)
				mu.Lock()
				made = append(made, id)
				mu.Unlock()
			}
		})
	}
	count := func() int {
		mu.Lock()
		defer mu.Unlock()
		return len(made)
	}
	more := func(than int) func() string {
		return func() string {
			if count() <= than {
				return "no nest is created"
			}
			return ""
		}
	}
	nesttest.Eventually(t, 10*time.Second, more(40))
	for range 10 { // on a busy machine the work can be done before the creators get a processor
		mu.Lock()
		before = slices.Clone(made)
		mu.Unlock()
		work()
		if count()-len(before) >= 5 {
			break
		}
	}
	if during := count() - len(before); during < 5 {
		t.Errorf("only %d nests were created while the backup was made", during)
	}
	close(stop)
	all.Wait()
	return before
}

// refusesDamaged tries to restore damaged backups. The data folder must stay empty.
func refusesDamaged(t *testing.T, s *server, file string) {
	t.Helper()
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(whole)
	flipped[len(flipped)/3] ^= 4
	damaged := filepath.Join(t.TempDir(), "damaged.zip")
	for code, content := range map[string][]byte{"backup_damaged": whole[:len(whole)*2/3], "was changed": flipped,
		"not_a_backup": []byte("hello")} {
		if err := os.WriteFile(damaged, content, 0o600); err != nil {
			t.Fatal(err)
		}
		s.expectCommand(1, code, "restore", damaged)
	}
	if entries, _ := os.ReadDir(s.dir); len(entries) > 0 {
		t.Errorf("a refused restore left %v", names(entries))
	}
}

// expectSameKeys checks that this server has the keys of another server, and so its identity.
func (s *server) expectSameKeys(as *server) {
	s.t.Helper()
	mine, err := os.ReadFile(filepath.Join(s.dir, "keys.yaml"))
	if err != nil {
		s.t.Fatal(err)
	}
	if theirs, err := os.ReadFile(filepath.Join(as.dir, "keys.yaml")); err != nil || !bytes.Equal(mine, theirs) {
		s.t.Errorf("the restored server has other keys: %v", err)
	}
}

// A disk that fills up during a backup leaves the previous backup unchanged and no partial file.
func TestBackupOnAFullDisk(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("only root may mount a small disk")
	}
	disk := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=400k,mode=700", "tmpfs",
		disk).CombinedOutput(); err != nil {
		t.Skipf("no small disk can be mounted: %s", out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", disk).CombinedOutput(); err != nil {
			t.Errorf("umount: %s", out)
		}
	})
	s := startServer(t)
	id, _ := s.user().create()
	s.expectCommand(0, "checked", "backup", disk)
	if err := os.WriteFile(filepath.Join(disk, "ballast"), make([]byte, 350<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	s.expectCommand(1, "disk_full", "backup", "--keep", "1", disk)
	left, err := filepath.Glob(filepath.Join(disk, "*"))
	if err != nil || len(left) != 2 {
		t.Fatalf("left are %v: %v", left, err)
	}
	hidden, _ := filepath.Glob(filepath.Join(disk, ".*"))
	if len(hidden) > 0 {
		t.Errorf("left are %v", hidden)
	}
	s.stop()
	restored := newServer(t)
	restored.expectCommand(0, "restored", "restore", left[1])
	restored.start()
	if a := restored.info(id); a.status != 200 {
		t.Errorf("info answered %d %s", a.status, a.text)
	}
}
