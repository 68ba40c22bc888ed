package e2e

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"nests/internal/media"
	"nests/internal/nest"
	"nests/internal/nesttest"
)

// The time from a request for a guest token to the first decoded packet, for one listener after the other.
func BenchmarkListenerJoin(b *testing.B) {
	s := startServer(b, "NESTS_RATE_LIMITS=off", "NESTS_LOG_LEVEL=warn")
	host := s.user()
	id, token := host.create()
	nesttest.Speaker(b, s.ws(), token)
	var took []time.Duration
	for b.Loop() {
		for range 50 {
			began := time.Now()
			bot, err := nesttest.Connect(b.Context(), s.ws(), s.guest(id))
			if err != nil {
				b.Fatal(err)
			}
			nesttest.Eventually(b, 10*time.Second, func() string {
				if bot.FirstHeard(host.pubkey).IsZero() {
					return "nothing is heard"
				}
				return ""
			})
			took = append(took, bot.FirstHeard(host.pubkey).Sub(began))
			bot.Leave()
		}
	}
	report(b, took)
}

func report(b *testing.B, took []time.Duration) {
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Milliseconds()), "p50-ms")
	b.ReportMetric(float64(took[len(took)-1].Milliseconds()), "worst-ms")
	b.ReportMetric(0, "ns/op")
}

// The time from ready, after kill -9, until a listener hears the talker. Both reconnect at once.
func BenchmarkHeardAfterKill(b *testing.B) {
	s := startServer(b, "NESTS_LOG_LEVEL=warn")
	host := s.user()
	id, _ := host.create()
	var took []time.Duration
	for b.Loop() {
		for range 20 {
			s.kill()
			s.start()
			ready := time.Now()
			talker := nesttest.Speaker(b, s.ws(), host.join(id))
			listener := nesttest.Join(b, s.ws(), s.guest(id))
			nesttest.Eventually(b, 10*time.Second, listener.Hears(host.pubkey))
			took = append(took, time.Since(ready))
			talker.Leave()
			listener.Leave()
		}
	}
	report(b, took)
}

// The CPU of the process that holds the media, with one talker and 50 listeners: our server with LiveKit embedded,
// the same with signalling over its own TLS, and a LiveKit of the same version in a process of its own.
func BenchmarkMediaCPU(b *testing.B) {
	ours := func(b *testing.B, s *server) {
		s.start()
		host := s.user()
		id, token := host.create()
		nesttest.Speaker(b, s.ws(), token)
		reportCPU(b, s.cmd.Process.Pid, s.ws(), func(int) string { return s.guest(id) })
	}
	limits := []string{"NESTS_RATE_LIMITS=off", "NESTS_LOG_LEVEL=warn"}
	b.Run("embedded", func(b *testing.B) { ours(b, newServer(b, limits...)) })
	b.Run("over TLS", func(b *testing.B) {
		env, p := withCertificate(b)
		s := newServer(b, append(env, limits...)...)
		s.via = p.origin
		ours(b, s)
	})
	b.Run("alone", func(b *testing.B) {
		livekit := nesttest.StartLiveKit(b)
		room := nest.Room{Name: "alone", Metadata: "{}"}
		if _, err := livekit.Client().EnsureRoom(b.Context(), room); err != nil {
			b.Fatal(err)
		}
		tokens := media.Tokens{Key: nesttest.LiveKitKey, Secret: nesttest.LiveKitSecret}
		token := func(identity string, speaks bool) string {
			token, err := tokens.Mint(nest.Admission{Room: room, Identity: identity,
				Grant: nest.Grant{Publish: speaks}}, time.Minute)
			if err != nil {
				b.Fatal(err)
			}
			return token
		}
		ws := strings.Replace(livekit.URL(), "http", "ws", 1)
		nesttest.Speaker(b, ws, token("talker", true))
		reportCPU(b, livekit.PID(), ws, func(i int) string { return token("listener-"+strconv.Itoa(i), false) })
	})
}

// reportCPU connects 50 listeners and measures a process for 15 s while they hear the talker.
func reportCPU(b *testing.B, pid int, ws string, token func(i int) string) {
	const during = 15 * time.Second
	var bots []*nesttest.Bot
	for i := range 50 {
		bots = append(bots, nesttest.Join(b, ws, token(i)))
	}
	for b.Loop() {
		before := cpuTime(b, pid)
		nesttest.Never(b, during, func() string {
			for _, bot := range bots {
				if bot.Reason() != "" {
					return "a listener was dropped: " + bot.Reason()
				}
			}
			return ""
		})
		b.ReportMetric(100*float64(cpuTime(b, pid)-before)/float64(during), "cpu-%")
		b.ReportMetric(0, "ns/op")
	}
}

// cpuTime returns the CPU time that a process has used, from /proc (see proc(5)), in the kernel's ticks of 10 ms.
func cpuTime(b *testing.B, pid int) time.Duration {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		b.Skip("this system does not tell: ", err)
	}
	_, fields, _ := strings.Cut(string(text), ") ") // the name before can contain blanks
	var ticks int
	for _, field := range strings.Fields(fields)[11:13] { // utime and stime
		n, err := strconv.Atoi(field)
		if err != nil {
			b.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}
