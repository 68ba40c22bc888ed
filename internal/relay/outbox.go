package relay

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"nests/internal/nest"
)

// Deliveries is what the outbox uses of the store.
type Deliveries interface {
	QueryEvents(ctx context.Context, f nest.EventFilter) ([]nest.Event, error)
	// DueDeliveries returns pending deliveries whose next attempt is not after now (unix ms), longest due first.
	DueDeliveries(ctx context.Context, now int64, limit int) ([]nest.Delivery, error)
	PutDelivery(ctx context.Context, d nest.Delivery) error
}

const (
	outboxPoll  = 5 * time.Second
	outboxBatch = 200
	claimFor    = 2 * time.Minute // another node attempts a claimed delivery if this one does not end the claim by then

	healthyWorkers = 150
	failingWorkers = 50 // relays that failed last time have slots of their own, so that they take none of the others'
	maxFailing     = 10000
)

// Outbox publishes pending deliveries to other relays.
//
// # Concurrency
//
// Run reads due deliveries from the store, claims each and starts at most one goroutine for each relay, which owns
// the connection to it; so a slow relay delays no other. mu guards the fields below it and is not held during calls
// of the store or a relay. Wake may be called from any goroutine and never blocks. All other state is in the store.
type Outbox struct {
	Store  Deliveries
	Dialer Dialer
	Log    *slog.Logger
	Now    func() time.Time
	// OnAttempt is called after every attempt that reached a final state or failed. May be nil.
	OnAttempt func(nest.Delivery)

	mu        sync.Mutex
	wake      chan struct{}
	queues    map[string][]nest.Delivery // by relay; each key has a worker
	claimed   map[[2]string]bool         // event and relay of deliveries that are queued or sent now
	failing   map[string]bool            // relays whose last connection failed
	healthy   int                        // for healthy relays
	unhealthy int                        // for failing ones
}

// Wake makes Run read the due deliveries now. It never blocks.
func (o *Outbox) Wake() {
	select {
	case o.wakeups() <- struct{}{}:
	default:
	}
}

func (o *Outbox) wakeups() chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.wake == nil {
		o.wake = make(chan struct{}, 1)
	}
	return o.wake
}

// Run publishes until ctx ends, then releases its claims and waits for its workers.
func (o *Outbox) Run(ctx context.Context) error {
	var running sync.WaitGroup
	defer running.Wait()
	wake := o.wakeups()
	ticker := time.NewTicker(outboxPoll)
	defer ticker.Stop()
	for {
		for ctx.Err() == nil {
			due, err := o.Store.DueDeliveries(ctx, o.Now().UnixMilli(), outboxBatch)
			for _, d := range due {
				if err == nil {
					err = o.dispatch(ctx, &running, d)
				}
			}
			if err != nil || len(due) < outboxBatch {
				o.logStoreError(ctx, err)
				break
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-wake:
		case <-ticker.C:
		}
	}
}

// dispatch claims a delivery and queues it for its relay's worker. A claim is a next attempt in the future, so that
// neither this node nor another reads the delivery as due meanwhile.
func (o *Outbox) dispatch(ctx context.Context, running *sync.WaitGroup, d nest.Delivery) error {
	claimed, pause := d, claimFor
	if !o.mayHaveWorker(d.Relay) {
		pause = outboxPoll // no free worker: other relays come first
	}
	claimed.NextTry = o.Now().Add(pause).UnixMilli()
	if err := o.Store.PutDelivery(ctx, claimed); err != nil || pause != claimFor {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.claimed[keyOf(d)] {
		return nil // already queued: in a long queue the claim expired before its turn
	}
	o.claimed[keyOf(d)] = true
	_, working := o.queues[d.Relay]
	o.queues[d.Relay] = append(o.queues[d.Relay], d)
	if failing := o.failing[d.Relay]; !working {
		o.countWorker(failing, +1)
		running.Go(func() { o.runWorker(ctx, d.Relay, failing) })
	}
	return nil
}

func keyOf(d nest.Delivery) [2]string { return [2]string{d.Event, d.Relay} }

// mayHaveWorker reports whether the relay has a worker or may get one.
func (o *Outbox) mayHaveWorker(relay string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.queues == nil {
		o.queues, o.claimed, o.failing = map[string][]nest.Delivery{}, map[[2]string]bool{}, map[string]bool{}
	}
	if _, working := o.queues[relay]; working {
		return true
	}
	if o.failing[relay] {
		return o.unhealthy < failingWorkers
	}
	return o.healthy < healthyWorkers
}

func (o *Outbox) countWorker(failing bool, by int) {
	if failing {
		o.unhealthy += by
	} else {
		o.healthy += by
	}
}

// takeNext removes and returns the oldest delivery of a relay's queue. If the queue is empty it returns false and
// removes the worker.
func (o *Outbox) takeNext(relay string, failing bool) (nest.Delivery, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	queue := o.queues[relay]
	if len(queue) == 0 {
		delete(o.queues, relay)
		o.countWorker(failing, -1)
		return nest.Delivery{}, false
	}
	o.queues[relay] = queue[1:]
	return queue[0], true
}

func (o *Outbox) setFailing(relay string, fails bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !fails {
		delete(o.failing, relay)
	} else if len(o.failing) < maxFailing {
		o.failing[relay] = true
	}
}

// save stores the outcome of an attempt, which ends the claim.
func (o *Outbox) save(ctx context.Context, d nest.Delivery) {
	o.release(d)
	if err := o.Store.PutDelivery(ctx, d); err != nil {
		o.logStoreError(ctx, err)
	}
}

func (o *Outbox) release(d nest.Delivery) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.claimed, keyOf(d))
}

func (o *Outbox) logStoreError(ctx context.Context, err error) {
	if err != nil && ctx.Err() == nil {
		o.Log.WarnContext(ctx, "outbox cannot use the store", "component", "relay", "err", err)
	}
}
