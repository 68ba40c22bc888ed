package nesttest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"testing"
	"time"

	"nests/internal/media"
)

// Key and secret of every LiveKit that tests start.
const (
	LiveKitKey    = "nests-test"
	LiveKitSecret = "test-secret-of-at-least-32-characters"
)

// childEnv carries the settings to the re-executed test binary.
const childEnv = "NESTS_TEST_LIVEKIT"

// Embedded returns a LiveKit for this process on reserved loopback ports, which stay reserved until the process ends.
// The caller runs it. A process can have one only.
func Embedded(log *slog.Logger) (*media.Embedded, error) {
	http, _, err := reservePort("tcp")
	if err != nil {
		return nil, err
	}
	udp, _, err := reservePort("udp")
	if err != nil {
		return nil, err
	}
	return &media.Embedded{HTTPPort: http, UDPPort: udp, Loopback: true, Key: LiveKitKey, Secret: LiveKitSecret, Log: log}, nil
}

// LiveKit is one in a process of its own, which a test may kill and start again on the same ports.
type LiveKit struct {
	settings childSettings
	process  *exec.Cmd
	alive    io.Closer // the child ends when this pipe does, even when the test binary is killed
	exited   chan struct{}
}

type childSettings struct {
	HTTPPort, UDPPort int
	WebhookURL        string
	Redis             string
	Config            string
}

// LiveKitOption changes a LiveKit before it starts.
type LiveKitOption func(*childSettings)

// WithWebhooks lets LiveKit post its webhooks there.
func WithWebhooks(url string) LiveKitOption { return func(s *childSettings) { s.WebhookURL = url } }

// WithRedis makes LiveKit a node of the cluster behind that Redis (host:port).
func WithRedis(address string) LiveKitOption { return func(s *childSettings) { s.Redis = address } }

// WithConfig makes it a stand-alone LiveKit that reads this configuration file (YAML). Ports, keys and where it reports to are the
// test's all the same.
func WithConfig(text string) LiveKitOption { return func(s *childSettings) { s.Config = text } }

// MaybeRunLiveKit makes this process the LiveKit that StartLiveKit started, if it is one, and never returns then. Every
// TestMain of a package that uses StartLiveKit calls it first.
func MaybeRunLiveKit() {
	text := os.Getenv(childEnv)
	if text == "" {
		return
	}
	if err := runChild(text); err != nil {
		fmt.Fprintln(os.Stderr, "livekit of a test:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func runChild(text string) error {
	var s childSettings
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // until the parent closes it or is gone
		cancel()
	}()
	if s.Config != "" {
		return runAlone(ctx, s)
	}
	server := media.Embedded{HTTPPort: s.HTTPPort, UDPPort: s.UDPPort, Loopback: true, Key: LiveKitKey, Secret: LiveKitSecret,
		WebhookURL: s.WebhookURL, Redis: media.Redis{Address: s.Redis}, Log: slog.New(slog.DiscardHandler)}
	return server.Run(ctx)
}

// StartLiveKit starts one and waits until it answers. It ends with the test.
func StartLiveKit(t testing.TB, options ...LiveKitOption) *LiveKit {
	t.Helper()
	l := &LiveKit{settings: childSettings{HTTPPort: FreePort(t, "tcp"), UDPPort: FreePort(t, "udp")}}
	for _, option := range options {
		option(&l.settings)
	}
	l.Start(t)
	t.Cleanup(func() { l.Kill(t) })
	return l
}

// Start starts it again after Kill, on the same ports, and waits until it answers.
func (l *LiveKit) Start(t testing.TB) {
	t.Helper()
	text, err := json.Marshal(l.settings)
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	process := exec.Command(self)
	process.Env = append(os.Environ(), childEnv+"="+string(text))
	process.Stdout, process.Stderr = os.Stderr, os.Stderr
	if l.alive, err = process.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	l.process, l.exited = process, make(chan struct{})
	go func(exited chan struct{}) {
		_ = process.Wait()
		close(exited)
	}(l.exited)
	client := l.Client()
	Eventually(t, 20*time.Second, func() string {
		if _, err := client.Rooms(context.Background()); err != nil {
			return err.Error()
		}
		return ""
	})
}

// Kill ends it as kill -9 does and waits until it is gone. Killing twice is fine.
func (l *LiveKit) Kill(t testing.TB) {
	t.Helper()
	_ = l.process.Process.Kill() // fails when it has ended
	<-l.exited
	_ = l.alive.Close()
}

// Stop ends it as its service manager does, gracefully, and waits until it is gone.
func (l *LiveKit) Stop(t testing.TB) {
	t.Helper()
	_ = l.alive.Close()
	<-l.exited
}

// PID is the process, for signals.
func (l *LiveKit) PID() int { return l.process.Process.Pid }

// URL is its HTTP and WebSocket address.
func (l *LiveKit) URL() string { return fmt.Sprintf("http://127.0.0.1:%d", l.settings.HTTPPort) }

// Client asks it.
func (l *LiveKit) Client() *media.Client {
	return &media.Client{URL: l.URL(), Key: LiveKitKey, Secret: LiveKitSecret}
}
