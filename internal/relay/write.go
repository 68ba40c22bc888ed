package relay

import (
	"context"
	"time"

	"github.com/coder/websocket"
)

const goodbye = time.Second // for a client to answer a close

// write sends what is queued until ctx ends or the client does not take it in time.
func (c *conn) write(ctx context.Context) {
	for {
		var data []byte
		select {
		case <-ctx.Done():
			return
		case data = <-c.answers:
		case data = <-c.live:
		}
		if err := c.put(ctx, data); err != nil {
			c.cancel(err) // ends the reader too
			return
		}
	}
}

func (c *conn) put(ctx context.Context, data []byte) error {
	ctx, cancel := context.WithTimeout(ctx, c.relay.config.Limits.Write)
	defer cancel()
	return c.ws.Write(ctx, websocket.MessageText, data)
}

// ping finds clients that are gone without a word. The answer may have to wait while the reader is at the store; it runs
// apart from write, because that reader may in turn wait for write.
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

// closeWith says goodbye when the relay stops.
func (c *conn) closeWith(ctx context.Context, closing <-chan struct{}) {
	select {
	case <-ctx.Done():
	case <-closing:
		stop := time.AfterFunc(goodbye, func() { c.cancel(errClosing) })
		_ = c.ws.Close(websocket.StatusGoingAway, "the server stops")
		stop.Stop()
		c.cancel(errClosing)
	}
}

var (
	errTooSlow = refusef("error", "the client reads too slowly")
	errClosing = refusef("error", "the server stops")
)
