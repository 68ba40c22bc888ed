package relay

import (
	"context"
	"encoding/json"
	"time"

	"github.com/coder/websocket"
)

const closeTimeout = time.Second // for a client to answer a close frame

// writeLoop sends the queued answers and live events until ctx ends or a write fails, for example because the client
// reads too slowly. A failed write closes the connection.
func (c *conn) writeLoop(ctx context.Context) {
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case data := <-c.answers:
			err = c.writeMessage(ctx, data)
		case l := <-c.live:
			for _, subscription := range l.subscriptions {
				if err = c.writeMessage(ctx, eventMessage(subscription, l.event)); err != nil {
					break
				}
			}
			c.queuedBytes.Add(-l.size())
		}
		if err != nil {
			c.cancel(err) // ends the reader too
			return
		}
	}
}

// liveEvent is an event queued for some subscriptions of one connection. All connections share its encoding; the
// message around it is built when it is sent.
type liveEvent struct {
	subscriptions []string
	event         json.RawMessage
}

func (l liveEvent) size() int64 { return int64(len(l.event) + len(l.subscriptions)*maxSubscriptionID) }

// sendLive queues a live event without waiting. If the queue is full, it closes the connection.
func (c *conn) sendLive(l liveEvent) {
	size := l.size()
	if queued := c.queuedBytes.Add(size); queued > size && queued > int64(c.relay.config.Limits.BacklogBytes) {
		c.cancel(errTooSlow)
		return
	}
	select {
	case c.live <- l:
	default:
		c.cancel(errTooSlow)
	}
}

func (c *conn) writeMessage(ctx context.Context, data []byte) error {
	ctx, cancel := context.WithTimeout(ctx, c.relay.config.Limits.Write)
	defer cancel()
	return c.ws.Write(ctx, websocket.MessageText, data)
}

// ping disconnects clients that no longer answer. It has a goroutine of its own: a pong is read only after the reader
// has finished a call of the store, and the reader may wait for writeLoop.
func (c *conn) ping(ctx context.Context) {
	limits := c.relay.config.Limits
	ticker := time.NewTicker(limits.Ping)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		pingCtx, cancel := context.WithTimeout(ctx, limits.Write+limits.Query)
		err := c.ws.Ping(pingCtx)
		cancel()
		if err != nil {
			c.cancel(err)
			return
		}
	}
}

// closeOnShutdown sends a close frame when the relay stops.
func (c *conn) closeOnShutdown(ctx context.Context, closing <-chan struct{}) {
	select {
	case <-ctx.Done():
	case <-closing:
		stop := time.AfterFunc(closeTimeout, func() { c.cancel(errClosing) })
		_ = c.ws.Close(websocket.StatusGoingAway, "the server stops")
		stop.Stop()
		c.cancel(errClosing)
	}
}

var (
	errTooSlow = refusef("error", "the client reads too slowly")
	errClosing = refusef("error", "the server stops")
)
