package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

func limited(r *rig) { r.RateLimits = true }

// addresses returns a new address for every request, so that only the limits by key apply.
func addresses() func() string {
	n := 0
	return func() string {
		n++
		return fmt.Sprintf("10.%d.%d.1:5", n/250, n%250)
	}
}

func TestLimitsPerKey(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		burst int
		wait  time.Duration // for one more
		q     func(at string) call
	}{
		{"joins", 120, 100 * time.Millisecond, func(at string) call { return call{method: "GET", path: at} }},
		{"creates", 30, 500 * time.Millisecond, func(string) call { return call{method: "PUT", path: base} }},
		{
			name:  "writes",
			burst: 60,
			wait:  100 * time.Millisecond,
			q: func(at string) call {
				return call{method: "POST", path: at + "/hand", body: `{"raised":false}`}
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, limited)
			host, other, from := newUser(t), newUser(t), addresses()
			at := base + "/" + r.create(t, newUser(t), "")
			send := func(u user) answer {
				q := c.q(at)
				q.as, q.from = u, from()
				return r.do(t, q)
			}
			for i := range c.burst {
				if got := send(host); got.status >= 300 {
					t.Fatalf("call %d: %d %s", i, got.status, got.text)
				}
			}
			got := send(host)
			if got.outcome() != "429 too_many_requests" || got.header.Get("Retry-After") != "1" ||
				got.json["retry_after"] != 1.0 {
				t.Fatalf("above the limit: %d %s %v", got.status, got.text, got.header)
			}
			if got := send(other); got.status >= 300 {
				t.Errorf("another key: %d %s", got.status, got.text)
			}
			r.advance(c.wait + time.Millisecond)
			if got := send(host); got.status >= 300 {
				t.Errorf("after waiting: %d %s", got.status, got.text)
			}
		})
	}
}

func TestLimitsPerAddress(t *testing.T) {
	t.Parallel()
	r := newRig(t, limited)
	path := base + "/" + uuid.NewString() + "/info"
	flood := func(from string) answer {
		var got answer
		for range 501 {
			got = r.do(t, call{method: "GET", path: path, from: from})
		}
		return got
	}
	if got := flood("192.0.2.1:5"); got.status != http.StatusTooManyRequests {
		t.Fatalf("%d %s", got.status, got.text)
	}
	for from, want := range map[string]int{"192.0.2.1:99": 429, "192.0.2.2:5": 404} {
		if got := r.do(t, call{method: "GET", path: path, from: from}); got.status != want {
			t.Errorf("%s: %d %s, want %d", from, got.status, got.text, want)
		}
	}
	if got := flood("[2001:db8:1:2::1]:5"); got.status != http.StatusTooManyRequests {
		t.Fatalf("%d %s", got.status, got.text)
	}
	for from, want := range map[string]int{"[2001:db8:1:2:ffff::9]:5": 429, "[2001:db8:1:3::1]:5": 404} {
		if got := r.do(t, call{method: "GET", path: path, from: from}); got.status != want {
			t.Errorf("%s: %d %s, want %d", from, got.status, got.text, want)
		}
	}
	for _, unlimited := range []string{"/", "/webhooks/livekit"} {
		got := r.do(t, call{method: "POST", path: unlimited, from: "192.0.2.1:5"})
		if got.status != http.StatusNotFound {
			t.Errorf("%s: %d %s", unlimited, got.status, got.text)
		}
	}
}

func TestLimitOfCheckRooms(t *testing.T) {
	t.Parallel()
	r := newRig(t, limited)
	for i := range 31 {
		got := r.do(t, call{method: "POST", path: "/api/v1/check-room", from: "192.0.2.1:5"})
		if want := map[bool]int{true: 201, false: 429}[i < 30]; got.status != want {
			t.Fatalf("room %d: %d %s", i, got.status, got.text)
		}
	}
}

func TestLimitsOfLoopbackClients(t *testing.T) {
	t.Parallel()
	local := func(r *rig) { r.RateLimits, r.Config.Origins = true, []string{"http://localhost:5544"} }
	for name, c := range map[string]struct {
		rig  *rig
		from string
		want int
	}{
		"loopback, all local":     {newRig(t, local), "127.0.0.1:5", 404},
		"loopback, public origin": {newRig(t, limited), "127.0.0.1:5", 429},
		"switched off":            {newRig(t), "192.0.2.1:5", 404},
	} {
		t.Run(name, func(t *testing.T) {
			var got answer
			for range 600 {
				got = c.rig.do(t, call{method: "GET", path: base + "/" + uuid.NewString() + "/info", from: c.from})
			}
			if got.status != c.want {
				t.Errorf("%d %s, want %d", got.status, got.text, c.want)
			}
		})
	}
}

// Without NESTS_TRUSTED_PROXIES all clients of a proxy count as one address. The refusal explains this.
func TestLimitNamesTheProxy(t *testing.T) {
	t.Parallel()
	r := newRig(t, limited)
	var got answer
	for range 501 {
		forwarded := map[string]string{"X-Forwarded-For": "192.0.2.1"}
		got = r.do(t, call{method: "GET", path: "/health", from: "127.0.0.1:5", header: forwarded})
	}
	if got.status != http.StatusTooManyRequests || !strings.Contains(got.str("hint"), "NESTS_TRUSTED_PROXIES") {
		t.Errorf("%d %s", got.status, got.text)
	}
	if n := strings.Count(r.logs.String(), "proxy not trusted"); n != 1 {
		t.Errorf("logged %d times", n)
	}
}
