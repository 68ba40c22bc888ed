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
	return &media.Embedded{HTTPPort: http, UDPPort: udp, Loopback: true, Key: LiveKitKey, Secret: LiveKitSecret,
		Log: log}, nil
}

// LiveKit is a LiveKit in a process of its own. A test can kill it and start it again on the same ports.
type LiveKit struct {
	settings childSettings
	process  *exec.Cmd
	alive    io.Closer // the child ends when this pipe does, even when the test binary is killed
	exited   chan struct{}
}

type childSettings struct {
	HTTPPort, UDPPort int
	WebhookURL        string
	Config            string
}

// LiveKitOption changes a LiveKit before it starts.
type LiveKitOption func(*childSettings)

// WithWebhooks makes LiveKit post its webhooks to the URL.
func WithWebhooks(url string) LiveKitOption { return func(s *childSettings) { s.WebhookURL = url } }

// WithConfig makes it a stand-alone LiveKit that reads this configuration file (YAML). Its ports, keys and webhook
// URL are still those of the test.
func WithConfig(text string) LiveKitOption { return func(s *childSettings) { s.Config = text } }

// MaybeRunLiveKit runs LiveKit and does not return if StartLiveKit started this process. The TestMain of a package that
// uses StartLiveKit calls it first.
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
	server := media.Embedded{
		HTTPPort:   s.HTTPPort,
		UDPPort:    s.UDPPort,
		Loopback:   true,
		Key:        LiveKitKey,
		Secret:     LiveKitSecret,
		WebhookURL: s.WebhookURL,
		Log:        slog.New(slog.DiscardHandler),
	}
	return server.Run(ctx)
}

// StartLiveKit starts a LiveKit and waits until it answers. It ends with the test.
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

// Start starts LiveKit, again after Kill, on the same ports, and waits until it answers.
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

// Kill ends the process as kill -9 does and waits until it is gone. It can be called twice.
func (l *LiveKit) Kill(t testing.TB) {
	t.Helper()
	_ = l.process.Process.Kill() // fails when it has ended
	<-l.exited
	_ = l.alive.Close()
}

// Stop ends LiveKit gracefully, as a service manager does, and waits until it is gone.
func (l *LiveKit) Stop(t testing.TB) {
	t.Helper()
	_ = l.alive.Close()
	<-l.exited
}

// PID returns the process id, for signals.
func (l *LiveKit) PID() int { return l.process.Process.Pid }

// URL returns its HTTP and WebSocket address.
func (l *LiveKit) URL() string { return fmt.Sprintf("http://127.0.0.1:%d", l.settings.HTTPPort) }

// Client returns a client of its API.
func (l *LiveKit) Client() *media.Client {
	return &media.Client{URL: l.URL(), Key: LiveKitKey, Secret: LiveKitSecret}
}
