package relay_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"nests/internal/nest"
	"nests/internal/nesttest"
	"nests/internal/relay"
)

func (r *rig) outbox(change func(*relay.Outbox)) *relay.Outbox {
	r.t.Helper()
	o := &relay.Outbox{
		Store:  r.db,
		Dialer: relay.Dialer{AllowPrivate: true},
		Log:    slog.New(slog.DiscardHandler),
		Now:    time.Now,
	}
	if change != nil {
		change(o)
	}
	start(r.t, o.Run)
	return o
}

// start calls run in a goroutine and waits for it when the test ends.
func start(t *testing.T, run func(context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() {
		if err := run(ctx); err != nil {
			t.Error(err)
		}
	})
	stop = func() { cancel(); done.Wait() }
	t.Cleanup(stop)
	return stop
}

func (r *rig) queue(e nest.Event, relays ...string) {
	r.t.Helper()
	err := r.db.Write(r.t.Context(), func(tx nest.Tx) error {
		if _, err := tx.PutEvent(e); err != nil {
			return err
		}
		return tx.QueueDeliveries(nestID, e, relays, 1) // due by any clock
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) delivery(url string) nest.Delivery {
	r.t.Helper()
	all, err := r.db.Deliveries(r.t.Context(), nestID)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, d := range all {
		if d.Relay == url {
			return d
		}
	}
	return nest.Delivery{}
}

// waitForDelivery waits until the delivery to url has the state and its message begins with the words.
func (r *rig) waitForDelivery(url string, state nest.DeliveryState, words string) nest.Delivery {
	r.t.Helper()
	var d nest.Delivery
	nesttest.Eventually(r.t, 20*time.Second, func() string {
		d = r.delivery(url)
		attempted := state != nest.DeliveryPending || d.Attempts > 0
		if d.State == state && strings.HasPrefix(d.Message, words) && attempted {
			return ""
		}
		return fmt.Sprintf("the delivery is %+v", d)
	})
	return d
}

func TestOutboxRecordsTheAnswerOfEachRelay(t *testing.T) {
	r := newRig(t, nil)
	r.liveNest()
	good, refusing, limiting := nesttest.NewRelay(t), nesttest.NewRelay(t), nesttest.NewRelay(t)
	down, huge := nesttest.NewRelay(t), nesttest.NewRelay(t)
	refusing.Set(nesttest.RelayRefusing, "blocked: you are \u202enot welcome")
	limiting.Set(nesttest.RelayRefusing, "rate-limited: slow down")
	down.Set(nesttest.RelayDown, "")
	huge.Set(nesttest.RelayHuge, "")
	o := r.outbox(nil)
	e := sign(t, host, space("Morning coffee"))
	closed := closedPort(t)
	r.queue(e, good.URL, refusing.URL, limiting.URL, down.URL, huge.URL, closed, "ws://169.254.169.254")
	o.Wake()
	r.waitForDelivery(good.URL, nest.DeliveryAccepted, "")
	r.waitForDelivery(refusing.URL, nest.DeliveryRefused, "blocked: you are not welcome")
	r.waitForDelivery("ws://169.254.169.254", nest.DeliveryRefused, "not dialled")
	for url, words := range map[string]string{
		limiting.URL: "rate-limited: slow down",
		down.URL:     "not reached: ",
		huge.URL:     "not reached: ",
		closed:       "not reached: connection refused",
	} {
		d := r.waitForDelivery(url, nest.DeliveryPending, words)
		if wait := time.Duration(d.NextTry-d.Updated) * time.Millisecond; wait < 3*time.Second || wait > 8*time.Second {
			t.Errorf("%s is tried again after %v", url, wait)
		}
	}
	if !good.Has(e.ID) {
		t.Fatal("the relay that accepted does not have the event")
	}
}

func TestOutboxRetries(t *testing.T) {
	r := newRig(t, nil)
	r.liveNest()
	there := nesttest.NewRelay(t)
	there.Set(nesttest.RelayDown, "")
	clock := newClock()
	o := r.outbox(func(o *relay.Outbox) { o.Now = clock.now })
	e := sign(t, host, space("Morning coffee"))
	r.queue(e, there.URL)
	o.Wake()
	first := r.waitForDelivery(there.URL, nest.DeliveryPending, "not reached")
	there.Set(nesttest.RelayUp, "")
	clock.add(time.Duration(first.NextTry-clock.now().UnixMilli()) * time.Millisecond)
	o.Wake()
	if d := r.waitForDelivery(there.URL, nest.DeliveryAccepted, ""); d.Attempts != 2 {
		t.Fatalf("%+v", d)
	}
}

func TestOutboxGivesUpAfterADay(t *testing.T) {
	r := newRig(t, nil)
	r.liveNest()
	clock := newClock()
	started := clock.now()
	tried := make(chan nest.Delivery, 1)
	o := r.outbox(func(o *relay.Outbox) { o.Now = clock.now; o.OnAttempt = func(d nest.Delivery) { tried <- d } })
	r.queue(sign(t, host, space("Morning coffee")), closedPort(t))
	var d nest.Delivery
	for range 100 {
		o.Wake()
		d = <-tried
		if d.State != nest.DeliveryPending {
			break
		}
		clock.add(time.Duration(d.NextTry-clock.now().UnixMilli()) * time.Millisecond)
	}
	if took := clock.now().Sub(started); d.State != nest.DeliveryGaveUp || took < 18*time.Hour || took > 30*time.Hour {
		t.Fatalf("%+v after %v", d, took)
	}
}

func TestOutboxDoesNotWaitForASilentRelay(t *testing.T) {
	r := newRig(t, nil)
	r.liveNest()
	silent, good := nesttest.NewRelay(t), nesttest.NewRelay(t)
	silent.Set(nesttest.RelaySilent, "")
	o := r.outbox(nil)
	r.queue(sign(t, host, nest.Event{Kind: 1, Content: "silent"}), silent.URL)
	o.Wake()
	nesttest.Eventually(t, 10*time.Second, func() string {
		if open, _ := silent.Connections(); open == 0 {
			return "not dialled yet"
		}
		return ""
	})
	begin := time.Now()
	for i := range 20 {
		r.queue(sign(t, host, nest.Event{Kind: 1, Content: fmt.Sprint(i)}), silent.URL, good.URL)
	}
	o.Wake()
	nesttest.Eventually(t, 5*time.Second, func() string {
		all, err := r.db.Deliveries(t.Context(), nestID)
		accepted := 0
		for _, d := range all {
			if d.Relay == good.URL && d.State == nest.DeliveryAccepted {
				accepted++
			}
		}
		if accepted < 20 {
			return fmt.Sprintf("%d accepted, %v", accepted, err)
		}
		return ""
	})
	if open, ever := silent.Connections(); open != 1 || ever != 1 {
		t.Errorf("%d connections to the silent relay, %d ever", open, ever)
	}
	t.Logf("20 publications beside a silent relay took %v", time.Since(begin))
}

func TestOutboxReleasesClaimsWhenStopped(t *testing.T) {
	r := newRig(t, nil)
	r.liveNest()
	silent := nesttest.NewRelay(t)
	silent.Set(nesttest.RelaySilent, "")
	o := &relay.Outbox{
		Store:  r.db,
		Dialer: relay.Dialer{AllowPrivate: true},
		Log:    slog.New(slog.DiscardHandler),
		Now:    time.Now,
	}
	stop := start(t, o.Run)
	r.queue(sign(t, host, space("Morning coffee")), silent.URL)
	o.Wake()
	nesttest.Eventually(t, 10*time.Second, func() string {
		if open, _ := silent.Connections(); open == 0 {
			return "not dialled yet"
		}
		return ""
	})
	stop()
	due, err := r.db.DueDeliveries(t.Context(), time.Now().UnixMilli(), 10)
	if err != nil || len(due) != 1 || due[0].Attempts != 0 {
		t.Fatalf("%+v, %v", due, err)
	}
}

func closedPort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return "ws://" + listener.Addr().String()
}

// clock is a time that tests advance.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Now()} }

func (c *clock) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.at }

func (c *clock) add(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.at = c.at.Add(d) }
