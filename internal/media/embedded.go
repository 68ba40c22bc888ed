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
	startTimeout = 20 * time.Second // LiveKit is up in 0.1 s; Redis and address discovery may take longer
	stopTimeout  = 10 * time.Second // for Stop(true), which itself waits 5 s for open HTTP requests
)

// Embedded is LiveKit inside this process. One per process: its logger and its metrics are process-global.
//
// Its HTTP port is on loopback and never exposed; the gate and the room service proxy go there. Media ports are
// exposed directly.
type Embedded struct {
	HTTPPort int // from FreePort
	UDPPort  int
	TCPPort  int    // ICE over TCP; 0: off. LiveKit binds it on all interfaces
	NodeIP   string // address told to browsers; "": the machine's own, and what public STUN servers see of it
	Loopback bool   // media on 127.0.0.1 only, for a server whose public URL is loopback
	TURN     *TURN  // nil: none

	Key, Secret string
	WebhookURL  string        // "": no webhooks
	Redis       Redis         // zero: rooms live in memory
	Grace       time.Duration // at the end: how long to wait for participants to leave by themselves
	Log         *slog.Logger

	mu      sync.Mutex
	running chan struct{} // closed once LiveKit serves
	ended   chan struct{} // closed when Run returns
	address string        // what browsers are told, once it is known
}

// FreePort reserves a loopback TCP port for HTTPPort: the kernel gives one that nobody listens on.
func FreePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("reserve loopback port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// URL is where the client and the gate reach this server.
func (e *Embedded) URL() string {
	return "http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(e.HTTPPort))
}

// Address is where browsers are told to send their media; "" before Ready.
func (e *Embedded) Address() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.address
}

// Ready waits until LiveKit serves. It fails when ctx ends or when Run has returned.
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

// Run serves until ctx ends, then waits Grace for participants and stops. Call it once. The gate's sockets must be
// closed before ctx ends: a browser that hears LiveKit's SERVER_SHUTDOWN never comes back by itself.
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
	if e.TURN == nil && public(conf.RTC.NodeIP.PrimaryIP()) {
		conf.RTC.STUNServers = []string{noSTUN} // for clients, who get it at each join; LiveKit has gathered its own addresses by now
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
		return fmt.Errorf("livekit ended: %w", errors.Join(errors.New("unexpectedly"), err))
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

// awaitRunning polls because LiveKit offers nothing to wait for.
func awaitRunning(server *service.LivekitServer, done <-chan error) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	deadline := time.NewTimer(startTimeout)
	defer deadline.Stop()
	for {
		select {
		case err := <-done:
			return errors.Join(errors.New("ended while starting"), err)
		case <-deadline.C:
			return fmt.Errorf("not running after %v", startTimeout)
		case <-tick.C:
			if server.IsRunning() {
				return nil
			}
		}
	}
}

// stop waits for done within its bounds: the graceful Stop(false) has none, so a forced one follows it.
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
