package e2e

import (
	"strconv"
	"testing"
	"time"

	"nests/internal/nesttest"
)

// The server's CPU with one talker and 24 listeners, for each kind of media connection.
func BenchmarkWays(b *testing.B) {
	const listeners, during = 24, 10 * time.Second
	for _, way := range []struct{ name, permits string }{
		{"direct", "udp dport 7882"}, {"turn-udp", "udp dport 3478"}, {"turn-tls", "tcp dport 443"},
	} {
		b.Run(way.name, func(b *testing.B) {
			l := newLab(b)
			s := l.server("open", "", "203.0.113", "NESTS_TURN_DOMAIN=turn.open.test", "NESTS_RATE_LIMITS=off",
				"NESTS_LOG_LEVEL=info")
			var clients []machine
			for i := range listeners {
				m := l.machine("client"+strconv.Itoa(i), "10.77."+strconv.Itoa(i))
				l.allow(m, "tcp dport 443", way.permits)
				l.writeHosts(m)
				clients = append(clients, m)
			}
			l.closeFirewall()
			s.launch()
			s.waitForHost()
			var told []<-chan labReport
			for _, m := range clients {
				told = append(told, l.startClient(m, labClient{Server: "https://open.test", Nest: s.host.Nest,
					Host: s.host.Pubkey, Within: time.Minute, Stays: true}))
			}
			for _, t := range told {
				if heard := <-t; heard.Energy == 0 {
					b.Fatal(heard.Err)
				}
			}
			for b.Loop() {
				before := cpuTime(b, s.cmd.Process.Pid)
				nesttest.Never(b, during, func() string { return s.notRunning() })
				spent := cpuTime(b, s.cmd.Process.Pid) - before
				b.ReportMetric(100*float64(spent)/float64(during), "cpu-%")
				b.ReportMetric(float64(spent.Microseconds())/during.Seconds()/listeners, "µs/listener/s")
				b.ReportMetric(0, "ns/op")
			}
		})
	}
}

func (s *server) notRunning() string {
	select {
	case <-s.done:
		return "the server ended"
	default:
		return ""
	}
}
