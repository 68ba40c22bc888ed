package relay

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"

	"github.com/coder/websocket"

	"nests/internal/ratelimit"
)

const maxInvalidMessages = 50 // then the connection is closed

// conn is one client's connection.
//
// # Concurrency
//
// The goroutine that serves the request reads the client's messages and answers them in order; it alone uses
// invalidMessages. A second goroutine writes what is queued in answers and live, a third pings, a fourth closes the
// connection when the relay stops. Queueing an answer blocks until the client reads, queueing a live event never
// does: a client that falls too far behind is disconnected. cancel, sendLive and the methods that take a lock may be
// called from any goroutine. mu guards proven and authors; subscriptions has a lock of its own.
type conn struct {
	relay           *Relay
	ws              *websocket.Conn
	peer            string // key of its address, "" when exempt
	challenge       string
	cancel          context.CancelCauseFunc
	answers         chan []byte
	live            chan liveEvent
	queuedBytes     atomic.Int64 // bytes in live
	requests        ratelimit.Bucket
	invalidMessages int

	subscriptions subscriptions

	address netip.Addr

	mu      sync.Mutex
	proven  []string // proven by NIP-42
	authors []string // of the last events that it sent and that were stored
}

func (r *Relay) serveWebSocket(w http.ResponseWriter, req *http.Request) {
	c := &conn{
		relay:     r,
		challenge: rand.Text(),
		answers:   make(chan []byte),
		live:      make(chan liveEvent, r.config.Limits.Backlog),
		requests:  ratelimit.Bucket{Rate: r.config.Limits.Requests, Now: r.config.Now},
	}
	if r.config.ClientIP != nil {
		if ip := r.config.ClientIP(req); ip != "" {
			c.peer = subscriberKey(ip)
		}
	}
	if r.config.Address != nil {
		c.address = r.config.Address(req)
	}
	// The request's own context does not outlive the upgrade.
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(req.Context()))
	defer cancel(nil)
	c.cancel = cancel
	if !r.hub.add(c) {
		w.Header().Set("Retry-After", "5")
		http.Error(w, "too many connections", http.StatusServiceUnavailable)
		return
	}
	defer r.hub.remove(c)
	c.closeIfBlocked()

	// Any origin may connect: nothing here rests on cookies.
	ws, err := websocket.Accept(w, req, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return // Accept has answered
	}
	c.ws = ws
	defer func() { _ = ws.CloseNow() }()
	ws.SetReadLimit(int64(r.config.Limits.MessageBytes))

	var rest sync.WaitGroup
	rest.Go(func() { c.writeLoop(ctx) })
	rest.Go(func() { c.ping(ctx) })
	rest.Go(func() { c.closeOnShutdown(ctx, r.closing) })
	c.read(ctx)
	cancel(nil)
	rest.Wait()
}

// subscriberKey is the key that limits by address count an address under. Text that is no address is a key of its
// own.
func subscriberKey(ip string) string {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return ip
	}
	return ratelimit.SubscriberKey(addr).String()
}

// peerMay spends a token of the client's address; a client that is exempt needs none.
func (c *conn) peerMay(limiter *ratelimit.Limiter[string]) bool {
	return c.peer == "" || limiter.Allow(c.peer)
}

func (c *conn) read(ctx context.Context) {
	for ctx.Err() == nil && c.invalidMessages < maxInvalidMessages {
		kind, data, err := c.ws.Read(ctx)
		if err != nil {
			return
		}
		if kind != websocket.MessageText {
			c.notice(ctx, refusef("invalid", "messages are text"))
			continue
		}
		c.handle(ctx, data)
	}
}

func (c *conn) handle(ctx context.Context, data []byte) {
	m, err := parseMessage(data)
	if err != nil {
		c.notice(ctx, err)
		return
	}
	switch m.label {
	case "EVENT":
		c.handleEvent(ctx, m)
	case "REQ":
		c.handleReq(ctx, m)
	case "CLOSE":
		c.subscriptions.remove(m.text(0))
	case "COUNT":
		c.handleCount(ctx, m)
	case "AUTH":
		c.handleAuth(ctx, m)
	default:
		c.notice(ctx, refusef("unsupported", "this relay does not know the message %.20q", m.label))
	}
}

// notice answers a message that is not valid.
func (c *conn) notice(ctx context.Context, err error) {
	c.invalidMessages++
	c.answer(ctx, "NOTICE", c.relay.reason(ctx, err))
}

// answer queues a message; it blocks while the queue is full.
func (c *conn) answer(ctx context.Context, parts ...any) { c.send(ctx, encode(parts...)) }

func (c *conn) send(ctx context.Context, data []byte) {
	select {
	case c.answers <- data:
	case <-ctx.Done():
	}
}

func (c *conn) provenKeys() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.proven
}
