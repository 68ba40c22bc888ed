package e2e

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"nests/internal/nesttest"
)

// server is the real binary in a process of its own, on loopback, with its own data folder. Its ports stay the same
// over a restart.
type server struct {
	t    testing.TB
	dir  string
	port int
	udp  int
	via  string // origin by which clients reach it, "" for its own port
	env  []string
	as   *syscall.SysProcAttr // nil: as the user that runs the tests
	run  []string             // the command line that serves; nil: the binary under test
	own  *nesttest.LiveKit    // the LiveKit of a split set-up; nil: the embedded one, or one that the test starts

	netns string // network namespace; "": that of the tests
	cmd   *exec.Cmd
	done  chan struct{} // closed when the process of cmd has ended
	log   *nesttest.Output

	secrets secrets
}

// startServer starts a new server, which ends with the test. env is added to its environment.
func startServer(t testing.TB, env ...string) *server {
	t.Helper()
	s := newServer(t, env...)
	s.start()
	return s
}

// newServer returns a server that does not run yet.
func newServer(t testing.TB, env ...string) *server {
	t.Helper()
	s := &server{t: t, dir: t.TempDir(), port: nesttest.FreePort(t, "tcp"), udp: nesttest.FreePort(t, "udp"),
		env: env, log: &nesttest.Output{}}
	if isSplit(t) {
		s.useSplitParts()
	}
	t.Cleanup(func() {
		s.kill()
		if t.Failed() {
			t.Logf("server log:\n%s", s.log.Tail(12_000))
		}
		for line := range strings.Lines(s.log.String()) {
			if strings.Contains(line, `"status":500`) || strings.Contains(line, "panic") {
				t.Errorf("the server failed: %s", line)
			}
		}
		s.secrets.addKeys(t, s.dir)
		for _, leak := range s.secrets.leaks(s.log.String()) {
			t.Errorf("the server's log shows a secret: %s", leak)
		}
	})
	return s
}

func (s *server) base() string { return cmp.Or(s.via, s.local()) }

func (s *server) ws() string { return "ws" + strings.TrimPrefix(s.base(), "http") }

func (s *server) local() string { return "http://127.0.0.1:" + strconv.Itoa(s.port) }

// start starts the binary and waits until it is ready.
func (s *server) start() {
	s.t.Helper()
	s.launch()
	nesttest.Eventually(s.t, 20*time.Second, func() string {
		select {
		case <-s.done:
			return "the server ended: " + s.log.Tail(2000)
		default:
		}
		return s.notReady()
	})
}

func (s *server) launch() {
	s.t.Helper()
	s.cmd = s.process(context.Background(), "serve")
	if s.run != nil {
		s.cmd = exec.Command(s.run[0], s.run[1:]...)
	}
	s.cmd.Env, s.cmd.SysProcAttr = s.environment(), s.as
	if s.as != nil && s.as.Chroot != "" {
		s.cmd.Dir = "/"
	}
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.done = make(chan struct{})
	go func(cmd *exec.Cmd, done chan struct{}) {
		cmd.Wait()
		close(done)
	}(s.cmd, s.done)
}

// process returns a command of the binary in the server's network namespace.
func (s *server) process(ctx context.Context, args ...string) *exec.Cmd {
	if s.netns == "" {
		return exec.CommandContext(ctx, binary(s.t), args...)
	}
	return exec.CommandContext(ctx, "ip", append([]string{"netns", "exec", s.netns, binary(s.t)}, args...)...)
}

// environment returns the environment of every command of this server.
func (s *server) environment() []string {
	env := append(slices.DeleteFunc(os.Environ(), isNestsVariable),
		"NESTS_HTTP_ADDR=127.0.0.1:"+strconv.Itoa(s.port), "NESTS_DATA_DIR="+s.dir,
		"NESTS_MEDIA_UDP_PORT="+strconv.Itoa(s.udp),
		"NESTS_MEDIA_TCP_PORT=0", "NESTS_METRICS_ADDR=off", "NESTS_LOG_FORMAT=json", "NESTS_LOG_LEVEL=debug")
	return append(env, s.env...)
}

// isNestsVariable reports whether a variable of the test's own environment would change the server under test.
func isNestsVariable(variable string) bool { return strings.HasPrefix(variable, "NESTS_") }

func (s *server) notReady() string {
	answer, err := http.Get(s.local() + "/ready")
	if err != nil {
		return err.Error()
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(answer.Body)
		return fmt.Sprintf("/ready answers %d %s", answer.StatusCode, body)
	}
	return ""
}

// kill ends the server as kill -9 does.
func (s *server) kill() {
	if s.cmd != nil && s.cmd.Process != nil {
		s.cmd.Process.Signal(syscall.SIGKILL)
		<-s.done
	}
}

// stop ends the server gracefully, within the server's own limit.
func (s *server) stop() {
	s.t.Helper()
	s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.done:
	case <-time.After(15 * time.Second):
		s.t.Fatal("the server did not stop within 15 s of SIGTERM")
	}
	if code := s.cmd.ProcessState.ExitCode(); code != 0 {
		s.t.Fatalf("the server stopped with exit code %d", code)
	}
}

var build sync.Once

// binary returns the path of the server under test: NESTS_BIN, or one built here once.
func binary(t testing.TB) string {
	t.Helper()
	if path := os.Getenv("NESTS_BIN"); path != "" {
		return path
	}
	path := filepath.Join(os.TempDir(), "nests-e2e-"+strconv.Itoa(os.Getpid()))
	build.Do(func() {
		cmd := exec.Command("go", "build", "-o", path, "nests/cmd/nests")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("build the server: %v\n%s", err, out)
		}
	})
	return path
}

func TestMain(m *testing.M) {
	nesttest.MaybeRunLiveKit()
	maybeRunLabClient()
	if err := trustAuthority(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	nesttest.RunSideBySide()
	code := m.Run()
	if err := nesttest.ClosePostgres(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.RemoveAll(filepath.Dir(authority.RootFile))
	os.Remove(filepath.Join(os.TempDir(), "nests-e2e-"+strconv.Itoa(os.Getpid())))
	os.Exit(code)
}

func within(t testing.TB, limit time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	return ctx
}
