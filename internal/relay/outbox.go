package relay

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"nests/internal/nest"
)

// Deliveries is what the outbox needs of the store.
type Deliveries interface {
	QueryEvents(ctx context.Context, f nest.EventFilter) ([]nest.Event, error)
	// DueDeliveries are pending ones whose next try is not after now, longest due first.
	DueDeliveries(ctx context.Context, now int64, limit int) ([]nest.Delivery, error)
	PutDelivery(ctx context.Context, d nest.Delivery) error
}

const (
	outboxPoll  = 5 * time.Second
	outboxBatch = 200
	claimFor    = 2 * time.Minute // after a crash, a claimed delivery is tried again then

	healthyWorkers = 150
	failingWorkers = 50 // relays that failed last time have their own places: they cannot take those of others
	maxFailing     = 10000
)

// Outbox publishes what the store owes to outside relays. Each relay has at most one connection and its own goroutine;
// a relay that is slow or dead delays only itself. All state but the queues in flight is in the store.
type Outbox struct {
	Store  Deliveries
	Dialer Dialer
	Log    *slog.Logger
	Now    func() time.Time
	// Settled hears of every delivery that reached a final state or failed. May be nil.
	OnAttempt func(nest.Delivery)

	mu        sync.Mutex
	wake      chan struct{}
	queues    map[string][]nest.Delivery // by relay; there is a worker for each key
	claimed   map[[2]string]bool         // event and relay of what is queued or being delivered
	failing   map[string]bool            // relays whose last connection failed
	healthy   int                        // for healthy relays
	unhealthy int                        // for failing ones
}

// Wake says that something new is owed. It never blocks.
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

// Run publishes until ctx ends, then puts back what it had claimed and waits for its workers.
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

// dispatch claims a delivery and hands it to its relay's worker. The claim is a next try in the future: it keeps the
// delivery out of the next look, here and on other nodes.
func (o *Outbox) dispatch(ctx context.Context, running *sync.WaitGroup, d nest.Delivery) error {
	claimed, pause := d, claimFor
	if !o.mayHaveWorker(d.Relay) {
		pause = outboxPoll // let others be seen first
	}
	claimed.NextTry = o.Now().Add(pause).UnixMilli()
	if err := o.Store.PutDelivery(ctx, claimed); err != nil || pause != claimFor {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.claimed[keyOf(d)] {
		return nil // a long queue: the claim ran out before its turn came
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

// place says whether the relay has a worker or may get one.
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

// next takes the oldest delivery of a relay's queue. When it is empty the worker is done, and false.
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

// put records how a try went, which ends the claim.
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
