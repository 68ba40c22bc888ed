package relay

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"time"

	"nests/internal/nest"
)

const (
	minRetry       = 5 * time.Second
	maxRetry       = time.Hour
	maxAttempts    = 33 // with these pauses: about a day
	unclaimTimeout = 2 * time.Second
)

// runWorker delivers a relay's queue over one connection. After a failure of the connection the rest of the queue
// fails without a try, because each would take ten seconds to fail in the same way.
func (o *Outbox) runWorker(ctx context.Context, relay string, failing bool) {
	var p *peer
	var broken error
	defer func() {
		if p != nil {
			p.close()
		}
	}()
	for {
		d, ok := o.takeNext(relay, failing)
		if !ok {
			return
		}
		if ctx.Err() != nil {
			o.unclaim(ctx, d)
			continue
		}
		if p == nil && broken == nil {
			ws, err := o.Dialer.Dial(ctx, relay)
			if err == nil {
				p = &peer{ws}
			}
			broken = err
			o.setFailing(relay, err != nil)
		}
		if broken == nil {
			broken = o.deliver(ctx, *p, d)
		}
		switch {
		case broken == nil:
		case ctx.Err() != nil:
			o.unclaim(ctx, d)
		default:
			o.setFailing(relay, true)
			o.record(ctx, d, afterFailure(d, broken))
		}
	}
}

// deliver sends one event and records the answer. It returns an error only if the connection failed.
func (o *Outbox) deliver(ctx context.Context, p peer, d nest.Delivery) error {
	events, err := o.Store.QueryEvents(ctx, nest.EventFilter{IDs: []string{d.Event}, Limit: 1})
	if err != nil || len(events) == 0 { // no event: it was replaced or deleted meanwhile, and the delivery with it
		o.release(d)
		o.logStoreError(ctx, err) // the claim runs out, then the delivery is tried again
		return nil
	}
	ok, text, err := p.publish(ctx, events[0])
	if err != nil {
		return err
	}
	d.Message = text
	switch {
	case ok || strings.HasPrefix(text, "duplicate:"):
		d.State = nest.DeliveryAccepted
	case strings.HasPrefix(text, "rate-limited:") || strings.HasPrefix(text, "error:"):
		o.record(ctx, d, retryLater(d))
		return nil
	default:
		d.State = nest.DeliveryRefused
	}
	d.Attempts++
	o.record(ctx, d, func(time.Time) nest.Delivery { return d })
	return nil
}

// afterFailure returns the next state of a delivery whose connection failed.
func afterFailure(d nest.Delivery, err error) func(time.Time) nest.Delivery {
	d.Message = plainError(err)
	if errors.Is(err, ErrForbidden) {
		d.State, d.Attempts = nest.DeliveryRefused, d.Attempts+1
		d.Message = "not dialled: " + ErrForbidden.Error()
		return func(time.Time) nest.Delivery { return d }
	}
	return retryLater(d)
}

// retryLater schedules the next attempt after a back-off, or gives up.
func retryLater(d nest.Delivery) func(time.Time) nest.Delivery {
	d.Attempts++
	return func(now time.Time) nest.Delivery {
		if d.Attempts >= maxAttempts {
			d.State = nest.DeliveryGaveUp
			return d
		}
		d.NextTry = now.Add(backOff(d.Attempts, minRetry, maxRetry)).UnixMilli()
		return d
	}
}

// backOff doubles from first to last. It varies by a quarter either way, so that many do not retry at once.
func backOff(tries int, first, last time.Duration) time.Duration {
	d := last
	if tries < 30 {
		d = min(last, first<<(tries-1))
	}
	return d - d/4 + rand.N(d/2)
}

func (o *Outbox) record(ctx context.Context, before nest.Delivery, after func(time.Time) nest.Delivery) {
	now := o.Now()
	d := after(now)
	d.Updated = now.UnixMilli()
	o.save(ctx, d)
	if d.State != before.State || d.Message != before.Message {
		o.Log.InfoContext(ctx, "publication", "component", "relay", "nest", d.Nest, "relay", d.Relay,
			"state", string(d.State), "words", d.Message)
	}
	if o.OnAttempt != nil {
		o.OnAttempt(d)
	}
}

// unclaim releases a delivery when the server stops, so that the next start need not wait for the claim to expire.
func (o *Outbox) unclaim(ctx context.Context, d nest.Delivery) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), unclaimTimeout)
	defer cancel()
	o.save(ctx, d)
}
