package media

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/livekit/livekit-server/pkg/config"
	"github.com/livekit/livekit-server/pkg/routing"
	"github.com/livekit/livekit-server/pkg/service"
	"github.com/livekit/livekit-server/pkg/telemetry/prometheus"
	"github.com/livekit/protocol/logger"
)

const (
	startTimeout = 20 * time.Second // LiveKit starts in 0.1 s; Redis and address detection may take longer
	stopTimeout  = 10 * time.Second // of Stop(true), which waits 5 s for open HTTP requests
)

// Embedded is a LiveKit server inside this process. There can be only one, because its logger and metrics are global.
//
// Its HTTP port is on loopback; the gate and the room service proxy connect to it. Its media ports are public.
//
// Concurrency: fields are set before Run. The other methods may be called from any goroutine, before Run too. The lock
// guards running, ended and address, and is never held while LiveKit is called.
type Embedded struct {
	HTTPPort int // from FreePort
	UDPPort  int
	TCPPort  int    // ICE over TCP, on all interfaces; 0: off
	NodeIP   string // the address advertised to clients; "": detected, with public STUN servers
	Loopback bool   // media on 127.0.0.1 only, for a server whose public URL is on loopback
	TURN     *TURN  // nil: none

	Key, Secret string
	WebhookURL  string        // "": no webhooks
	Redis       Redis         // zero: a single node
	Grace       time.Duration // how long a stop waits for participants to leave
	Log         *slog.Logger

	mu      sync.Mutex
	running chan struct{} // closed once LiveKit serves
	ended   chan struct{} // closed when Run returns
	address string        // advertised to clients; "" until running
}

// FreePort returns a loopback TCP port for HTTPPort. The port is free now; nothing reserves it.
func FreePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// URL is the address of LiveKit's HTTP port.
func (e *Embedded) URL() string {
	return "http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(e.HTTPPort))
}

// Address is the address to which clients send their media; "" before Ready.
func (e *Embedded) Address() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.address
}

// Ready blocks until LiveKit serves. It fails when ctx ends or when Run has returned.
func (e *Embedded) Ready(ctx context.Context) error {
	running, ended := e.signals()
	select {
	case <-running:
		return nil
	case <-ended:
		return errors.New("embedded livekit is not running")
	case <-ctx.Done():
		return fmt.Errorf("wait for embedded livekit: %w", ctx.Err())
	}
}

func (e *Embedded) signals() (running, ended chan struct{}) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.running == nil {
		e.running, e.ended = make(chan struct{}), make(chan struct{})
	}
	return e.running, e.ended
}

// Run serves until ctx ends, then waits up to Grace for participants to leave, and stops LiveKit. It is called
// once. The gate's sockets must be closed before ctx ends: a client that receives LiveKit's SERVER_SHUTDOWN never
// reconnects.
func (e *Embedded) Run(ctx context.Context) error {
	running, ended := e.signals()
	defer close(ended)
	conf, err := e.config()
	if err != nil {
		return err
	}
	if e.TURN != nil {
		if err := e.TURN.start(conf.RTC.NodeIP.PrimaryIP(), e.UDPPort, turnSecret(e.Secret)); err != nil {
			return err
		}
		defer e.TURN.close()
	}
	logger.SetLogger(newLogger(e.Log), "livekit")
	server, err := initialize(conf)
	if err != nil {
		return fmt.Errorf("initialize livekit: %w", err)
	}
	if e.TURN == nil && isPublic(conf.RTC.NodeIP.PrimaryIP()) {
		// For clients, which get the list at each join. LiveKit itself has detected its address by now.
		conf.RTC.STUNServers = []string{unusedSTUN}
	}
	done := make(chan error, 1)
	go func() { done <- server.Start() }()
	if err := awaitRunning(server, done); err != nil {
		return fmt.Errorf("start livekit: %w", err)
	}
	e.mu.Lock()
	e.address = conf.RTC.NodeIP.PrimaryIP()
	e.mu.Unlock()
	close(running)
	e.Log.Info("livekit running", "component", "livekit", "node_ip", conf.RTC.NodeIP.PrimaryIP(),
		"udp_port", e.UDPPort, "tcp_port", e.TCPPort)
	select {
	case err := <-done:
		return errors.Join(errors.New("livekit stopped unexpectedly"), err)
	case <-ctx.Done():
		return e.stop(server, done)
	}
}

func initialize(conf *config.Config) (*service.LivekitServer, error) {
	node, err := routing.NewLocalNode(conf)
	if err != nil {
		return nil, err
	}
	if err := prometheus.Init(string(node.NodeID()), node.NodeType()); err != nil {
		return nil, err
	}
	return service.InitializeServer(conf, node)
}

// awaitRunning polls, because LiveKit does not signal that it runs.
func awaitRunning(server *service.LivekitServer, done <-chan error) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	deadline := time.NewTimer(startTimeout)
	defer deadline.Stop()
	for {
		select {
		case err := <-done:
			return errors.Join(errors.New("stopped while starting"), err)
		case <-deadline.C:
			return fmt.Errorf("not running after %v", startTimeout)
		case <-tick.C:
			if server.IsRunning() {
				return nil
			}
		}
	}
}

// stop first stops gracefully, which has no time limit of its own, and forces LiveKit to stop after Grace.
func (e *Embedded) stop(server *service.LivekitServer, done <-chan error) error {
	if e.Grace > 0 {
		go server.Stop(false)
		select {
		case err := <-done:
			return err
		case <-time.After(e.Grace):
		}
	}
	go server.Stop(true)
	select {
	case err := <-done:
		return err
	case <-time.After(stopTimeout):
		return fmt.Errorf("livekit did not stop within %v", stopTimeout)
	}
}
