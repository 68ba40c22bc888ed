package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"nests/internal/diagnose"
	"nests/internal/nesttest"
)

// The addresses of servers behind a NAT.
const (
	natIP   = "203.0.114.8"
	foundIP = "203.0.114.9"
	wrongIP = "203.0.114.10"
)

// The connections through firewalls and NATs, with the real binary. Each client that connects must decode the host's
// voice. All run side by side, each in a network of its own.
func TestReach(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	turn := "NESTS_TURN_DOMAIN="
	open := l.server("open", "", "203.0.113", turn+"turn.open.test")
	nat := l.server("nat", natIP, "192.168.71", "NESTS_MEDIA_IP="+natIP, turn+"turn.nat.test")
	found := l.server("found", foundIP, "192.168.72")
	wrong := l.server("wrong", wrongIP, "192.168.73", "NESTS_MEDIA_IP=203.0.114.99")
	plain := l.server("plain", "", "203.0.115") // without TURN
	for _, s := range []*labServer{open, nat, found, wrong, plain} {
		s.launch()
	}
	cases := []struct {
		name    string
		server  *labServer
		permits []string // nftables expressions that the firewall permits
		way     string   // candidate types and protocols; "": nothing is heard
	}{
		{"only TCP 443", open, []string{"tcp dport 443"}, "relay/udp host/udp"},
		{
			name:    "only HTTPS and UDP to the media port",
			server:  open,
			permits: []string{"tcp dport 443", "udp dport 7882"},
			way:     "host/udp host/udp",
		},
		{"only HTTPS and UDP to TURN", open, []string{"tcp dport 443", "udp dport 3478"}, "relay/udp host/udp"},
		{"server behind a NAT", nat, []string{"ip protocol { tcp, udp }"}, "host/udp host/udp"},
		{"server behind a NAT, only TCP 443", nat, []string{"tcp dport 443"}, "relay/udp host/udp"},
		{"server behind a NAT that advertises its own address", found, []string{"ip protocol { tcp, udp }"}, ""},
		{"server behind a NAT that advertises another address", wrong, []string{"ip protocol { tcp, udp }"}, ""},
	}
	var clients []machine
	for i, c := range cases {
		m := l.machine("client"+strconv.Itoa(i), "10.77."+strconv.Itoa(i))
		l.writeHosts(m)
		clients = append(clients, m)
		l.allow(m, c.permits...)
	}
	tcp := l.machine("tcp", "10.78.0")
	// With TURN over TLS, ICE may choose that first and keep it. Without its name, only TCP to the media port is left.
	l.writeHosts(tcp, "turn.open.test")
	l.allow(tcp, "tcp dport { 443, 7881 }")
	l.closeFirewall()
	for _, s := range []*labServer{open, nat, found, wrong, plain} {
		s.waitForHost()
	}
	told := make([]<-chan labReport, len(cases))
	for i, c := range cases {
		within := 20 * time.Second
		if c.way == "" {
			within = 6 * time.Second // the others hear within two seconds
		}
		told[i] = l.startClient(clients[i], labClient{Server: "https://" + c.server.name + ".test",
			Nest: c.server.host.Nest, Host: c.server.host.Pubkey,
			Within: within})
	}
	// Chromium has connections that the Go client lacks, and diagnoses failures.
	var browsers sync.WaitGroup
	for i, c := range cases {
		switch c.name {
		case "only TCP 443":
			browsers.Go(func() { l.browserHears(clients[i], c.server, `^relay/tls$`) })
		case "server behind a NAT that advertises another address":
			browsers.Go(func() { l.browserDiagnoses(clients[i], c.server, diagnose.AddressWrong) })
		}
	}
	browsers.Go(func() { l.browserHears(tcp, open, `^(host|prflx)/tcp$`) })
	defer browsers.Wait()
	for i, c := range cases {
		s := <-told[i]
		t.Logf("%s: %q %.3f %s", c.name, s.Way, s.Energy, s.Err)
		switch {
		case c.way == "" && s.Energy > 0:
			t.Errorf("%s: heard by %s", c.name, s.Way)
		case c.way != "" && (s.Energy == 0 || s.Way != c.way):
			t.Errorf("%s: heard with energy %.3f by %q, want %q; %s", c.name, s.Energy, s.Way, c.way, s.Err)
		}
	}
	// A server with a public address sends clients to no ICE server of its own.
	if s := <-l.startClient(plain.at, labClient{Server: plain.base(), Nest: plain.host.Nest, Asks: true,
		Within: 10 * time.Second}); len(s.ICE) != 1 || s.ICE[0] != "stun:127.0.0.1:3478" {
		t.Errorf("clients are sent to %v: %s", s.ICE, s.Err)
	}
	// A packet returns through TURN. Behind the NAT only the part behind the TLS can be checked.
	for s, status := range map[*labServer]diagnose.Status{open: diagnose.OK, nat: diagnose.Warn} {
		r := s.doctor(s.environment())
		if c := checkOf(r, "turn"); r.Verdict.Code != diagnose.Healthy || c.Status != status ||
			c.Evidence["udp"] != "relays" {
			t.Errorf("%s: the doctor reports %s: %s", s.name, r.Verdict.Code, checksOf(r))
		}
	}
	for _, s := range []*labServer{found, wrong} {
		r := s.doctor(s.environment())
		if r.Verdict.Code != diagnose.AddressWrong {
			t.Errorf("%s: the doctor reports %s: %s", s.name, r.Verdict.Code, checksOf(r))
		}
		nesttest.Eventually(t, 10*time.Second, func() string {
			if !strings.Contains(s.log.String(), `"code":"media_address_wrong"`) {
				return "the log of " + s.name + " does not say media_address_wrong"
			}
			return ""
		})
	}
}

// browserHears checks that a guest in Chromium hears the host over a connection that matches the pattern.
func (l *lab) browserHears(m machine, s *labServer, way string) {
	got := l.browser(m, "hear", "https://"+s.name+".test/n/"+s.host.Nest, way)
	energy, _ := got["energy"].(float64)
	if by, _ := got["way"].(string); energy < 0.01 || !regexp.MustCompile(way).MatchString(by) {
		l.t.Errorf("Chromium, to go by %s to %s: %v", way, s.name, got)
	}
}

// browserDiagnoses checks that the diagnostics in Chromium find that no sound arrives and name the cause.
func (l *lab) browserDiagnoses(m machine, s *labServer, code diagnose.Code) {
	got := l.browser(m, "diagnose", "https://"+s.name+".test/n/"+s.host.Nest)
	if verdict, _ := got["verdict"].(string); !strings.Contains(verdict, string(code)) ||
		!strings.Contains(fmt.Sprint(got["sound"]), "failed") {
		l.t.Errorf("Chromium reports of %s: %v", s.name, got)
	}
}

func (l *lab) browser(m machine, what, url string, arguments ...string) (got map[string]any) {
	began := time.Now()
	defer func() { l.t.Logf("Chromium, to %s: %v after %v", what, got, time.Since(began).Round(time.Second)) }()
	var complaint bytes.Buffer
	ctx, cancel := context.WithTimeout(l.t.Context(), 2*time.Minute)
	defer cancel()
	command := append([]string{"netns", "exec", m.ns, "node", "../../web/tests/reach.mjs", what, url}, arguments...)
	cmd := exec.CommandContext(ctx, "ip", command...)
	cmd.Stderr = &complaint
	if out, err := cmd.Output(); err != nil || json.Unmarshal(out, &got) != nil {
		l.t.Errorf("Chromium, to %s at %s: %v\n%s%s", what, url, err, out, complaint.String())
	}
	return got
}

func checkOf(r diagnose.Report, id string) diagnose.Check {
	for _, c := range r.Checks {
		if c.ID == id {
			return c
		}
	}
	return diagnose.Check{Summary: "there is no check " + id}
}

// labServer is the real binary on a machine of the lab, with a host who speaks beside it.
type labServer struct {
	*server

	name string
	lab  *lab
	at   machine
	host labReport
}

// server adds a server. Its address is one of the router or, with "", its own.
func (l *lab) server(name, ip, network string, env ...string) *labServer {
	l.t.Helper()
	m := l.machine(name, network)
	if ip == "" {
		ip = m.ip
	} else {
		l.putBehindNAT(m, ip)
	}
	l.name(ip, name+".test", "turn."+name+".test")
	cert, key := l.trust.RootFile+name, l.trust.RootFile+name+".key"
	l.trust.Issue(l.t, cert, key, time.Now().Add(time.Hour), name+".test", "turn."+name+".test")
	s := newServer(l.t, append(env, "NESTS_PUBLIC_URL=https://"+name+".test", "NESTS_TLS_CERT="+cert,
		"NESTS_TLS_KEY="+key,
		"NESTS_TLS_REDIRECT_ADDR=off", "NESTS_MEDIA_UDP_PORT=7882", "NESTS_MEDIA_TCP_PORT=7881",
		"SSL_CERT_FILE="+l.trust.RootFile)...)
	s.netns = m.ns
	return &labServer{server: s, name: name, lab: l, at: m}
}

// launch starts it, once all names are known.
func (s *labServer) launch() {
	s.lab.writeHosts(s.at)
	s.server.launch()
}

// waitForHost waits until it serves and a host speaks.
func (s *labServer) waitForHost() {
	s.t.Helper()
	nesttest.Eventually(s.t, 20*time.Second, func() string {
		select {
		case <-s.done:
			return "the server ended: " + s.log.Tail(2000)
		default:
		}
		if !strings.Contains(s.log.String(), `"self-test `) {
			return "no self-test yet"
		}
		return ""
	})
	s.host = <-s.lab.startClient(s.at, labClient{Server: s.base()})
	if s.host.Err != "" {
		s.t.Fatalf("%s: the host does not speak: %s", s.name, s.host.Err)
	}
}
