package diagnose

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"nests/internal/nest"
	"nests/internal/store"
)

// A probe that hangs, ignores its context or panics does not stop the others; the checks keep the order of the probes.
func TestProbesThatHangOrPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		never := make(chan struct{})
		began := time.Now()
		checks := Run(t.Context(), []Probe{
			{
				ID:          "hangs",
				TimeoutCode: StoreLocked,
				Run:         func(ctx context.Context) Finding { <-ctx.Done(); return passed("", nil) },
			},
			{
				ID:          "stuck",
				TimeoutCode: MediaDown,
				Run:         func(context.Context) Finding { <-never; return passed("", nil) },
			},
			{ID: "breaks", Run: func(context.Context) Finding { panic("a nil map at /secret/place") }},
			{ID: "patient", Timeout: 20 * time.Second, Run: func(context.Context) Finding {
				<-time.After(10 * time.Second)
				return passed("At last.", nil)
			}},
			{ID: "fine", Run: func(context.Context) Finding { return passed("It is.", nil) }},
		})
		if took := time.Since(began); took != 10*time.Second {
			t.Errorf("took %v", took)
		}
		close(never)
		want := []struct {
			status Status
			code   Code
		}{{Unknown, StoreLocked}, {Unknown, MediaDown}, {Unknown, ""}, {OK, ""}, {OK, ""}}
		for i, c := range checks[1:] {
			if c.Status != want[i+1].status || c.Code != want[i+1].code || c.Evidence == nil {
				t.Errorf("%s: %+v", c.ID, c)
			}
		}
		if checks[0].ID != "hangs" || checks[4].ID != "fine" || checks[1].TookMS != probeTimeout.Milliseconds() {
			t.Errorf("%+v", checks)
		}
		if v := Conclude(checks); v.Code != StoreLocked {
			t.Errorf("verdict %s", v.Code)
		}
	})
}

func TestDiskFinding(t *testing.T) {
	for _, test := range []struct {
		free   uint64
		status Status
		code   Code
	}{{0, Fail, DiskFull}, {31 << 20, Fail, DiskFull}, {33 << 20, Warn, ""}, {513 << 20, OK, ""}} {
		if f := DiskFinding(test.free, 1<<40); f.Status != test.status || f.Code != test.code {
			t.Errorf("%d free: %+v", test.free, f)
		}
	}
}

func TestStoreFindingNamesTheCause(t *testing.T) {
	for _, code := range []nest.Code{
		store.CodeDown, store.CodeLocked, store.CodeReadOnly, store.CodeCorrupt, store.CodeTooNew, store.CodeDiskFull,
	} {
		err := nest.StoreUnavailable(fmt.Errorf("write nest: %w", &nest.Error{Code: code, Err: errors.New("cause")}))
		if f := StoreFinding(err); f.Code != Code(code) || f.Status != Fail || f.Summary == "" {
			t.Errorf("%s: %+v", code, f)
		}
	}
	if f := StoreFinding(errors.New("anything")); f.Code != StoreDown {
		t.Errorf("%+v", f)
	}
}

func TestJudgePublication(t *testing.T) {
	const now, event = 1_000_000, "e"
	delivery := func(state nest.DeliveryState, attempts int, updated int64, words string) nest.Delivery {
		return nest.Delivery{
			Event:    event,
			Relay:    "wss://" + words + ".example",
			State:    state,
			Attempts: attempts,
			Updated:  updated,
			Message:  words,
		}
	}
	accepted := delivery(nest.DeliveryAccepted, 1, now, "a")
	refused := delivery(nest.DeliveryRefused, 1, now, "blocked")
	gone := delivery(nest.DeliveryGaveUp, 20, now, "gone")
	tried := delivery(nest.DeliveryPending, 1, now, "tried")
	fresh := delivery(nest.DeliveryPending, 0, now-1000, "fresh")
	waiting := delivery(nest.DeliveryPending, 0, now-11_000, "waiting")
	old := refused
	old.Event = "the one before"
	for _, test := range []struct {
		name string
		all  []nest.Delivery
		want Code
	}{
		{"no relays", nil, ""},
		{"everywhere", []nest.Delivery{accepted, accepted}, ""},
		{"just started", []nest.Delivery{accepted, fresh}, ""},
		{"refused", []nest.Delivery{accepted, tried, refused}, RelayRefused},
		{"an attempt failed", []nest.Delivery{waiting, tried}, RelayUnreachable},
		{"given up", []nest.Delivery{gone}, RelayUnreachable},
		{"waiting", []nest.Delivery{accepted, waiting}, RelayLagging},
		{"an older event was refused", []nest.Delivery{accepted, old}, ""},
	} {
		f := judgePublication(test.all, event, now)
		if f.Code != test.want || (f.Status == OK) != (test.want == "") {
			t.Errorf("%s: %+v", test.name, f)
		}
		answers := fmt.Sprint(f.Evidence["answers"])
		if test.want == RelayRefused && !strings.Contains(answers, "blocked") {
			t.Errorf("the relay's answer is missing: %s", answers)
		}
	}
}

func TestMediaAddress(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	for address, want := range map[string]Code{
		"203.0.113.7": "", "198.51.100.7": AddressWrong, "2001:db8::1": AddressWrong, "10.0.0.7": AddressWrong,
		"172.17.0.2": AddressWrong, "192.168.1.5": AddressWrong, "127.0.0.1": AddressWrong, "fd00::1": AddressWrong,
		"169.254.1.1": AddressWrong, "0.0.0.0": AddressWrong, "x": AddressWrong,
	} {
		s := Server{MediaAddress: func() string { return address }, Addresses: Addresses{Public: "https://203.0.113.7"}}
		if f := s.mediaAddress(t.Context()); f.Code != want {
			t.Errorf("%s under a public address: %+v", address, f)
		}
		s.Addresses.Private = true
		if f := s.mediaAddress(t.Context()); f.Code != "" && address != "x" {
			t.Errorf("%s with a loopback URL: %+v", address, f)
		}
	}
	listening := &Server{MediaTCPPort: listener.Addr().(*net.TCPAddr).Port}
	if !listening.answersTCP(t.Context(), netip.MustParseAddr("127.0.0.1")) {
		t.Error("an address whose media port answers is not accepted")
	}
	s := Server{MediaAddress: func() string { return "" }}
	if f := s.mediaAddress(t.Context()); f.Status != Skipped {
		t.Errorf("an external LiveKit: %+v", f)
	}
}

// A public name that cannot be resolved gets its own finding: the network is not the cause.
func TestUnresolvedPublicName(t *testing.T) {
	unknown := roundTrip(func(*http.Request) (*http.Response, error) {
		return nil, &net.OpError{
			Op:  "dial",
			Err: &net.DNSError{Err: "no such host", Name: "nests.invalid", IsNotFound: true},
		}
	})
	s := &Server{Addresses: Addresses{Public: "https://nests.invalid"}, HTTP: &http.Client{Transport: unknown}}
	f := s.publicURL(t.Context())
	if f.Status != Warn || !strings.Contains(f.Summary, "cannot be resolved") || !strings.Contains(f.Hint, "DNS") {
		t.Errorf("%+v", f)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
