package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"nests/internal/nesttest"
)

// lab is a small internet of network namespaces: a router with a firewall, and servers and clients in networks of
// their own around it. The test removes it at its end.
type lab struct {
	t      testing.TB
	prefix string
	nets   int
	hosts  strings.Builder // the names that every machine resolves

	forward, pre, post strings.Builder // nftables rules of the router
	trust              *nesttest.Authority
}

// machine is one namespace behind the router.
type machine struct {
	ns string
	ip string
	at string // the router's interface that leads to it
}

const router = "router"

func newLab(t testing.TB) *lab {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("network namespaces can be made by root only")
	}
	for _, program := range []string{"ip", "nft"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("%s is missing: scripts/setup test installs it", program)
		}
	}
	l := &lab{t: t, prefix: fmt.Sprintf("nests%d-", os.Getpid()), trust: nesttest.NewAuthority(t)}
	l.removeLeftovers()
	l.hosts.WriteString("127.0.0.1 localhost\n")
	l.namespace(router)
	l.in(router, "sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward")
	return l
}

var labName = regexp.MustCompile(`\bnests(\d+)-\S+`)

// removeLeftovers removes namespaces of runs that were killed.
func (l *lab) removeLeftovers() {
	for _, found := range labName.FindAllStringSubmatch(l.run("ip", "netns", "list"), -1) {
		if _, err := os.Stat("/proc/" + found[1]); err != nil {
			l.remove(found[0])
		}
	}
}

func (l *lab) remove(ns string) {
	os.RemoveAll("/etc/netns/" + ns)
	if out, err := exec.Command("ip", "netns", "del", ns).CombinedOutput(); err != nil {
		l.t.Errorf("remove namespace %s: %s", ns, out)
	}
}

func (l *lab) namespace(name string) string {
	l.t.Helper()
	ns := l.prefix + name
	l.run("ip", "netns", "add", ns)
	l.t.Cleanup(func() { l.remove(ns) })
	l.run("ip", "-n", ns, "link", "set", "lo", "up")
	return ns
}

// machine adds a machine behind the router. Its address and its gateway are in a /24 of its own.
func (l *lab) machine(name, network string) machine {
	l.t.Helper()
	l.nets++
	m := machine{ns: l.namespace(name), ip: network + ".2", at: "to" + strconv.Itoa(l.nets)}
	r := l.prefix + router
	l.run("ip", "-n", r, "link", "add", m.at, "type", "veth", "peer", "name", "net", "netns", m.ns)
	l.run("ip", "-n", r, "addr", "add", network+".1/24", "dev", m.at)
	l.run("ip", "-n", m.ns, "addr", "add", m.ip+"/24", "dev", "net")
	l.run("ip", "-n", r, "link", "set", m.at, "up")
	l.run("ip", "-n", m.ns, "link", "set", "net", "up")
	l.run("ip", "-n", m.ns, "route", "add", "default", "via", network+".1")
	return m
}

// name adds a name for all machines whose hosts are written afterwards.
func (l *lab) name(ip string, names ...string) {
	fmt.Fprintln(&l.hosts, ip, strings.Join(names, " "))
}

// writeHosts writes the names for a machine, except unknown ones. ip netns exec mounts the files over those in /etc.
func (l *lab) writeHosts(m machine, unknown ...string) {
	l.t.Helper()
	hosts := l.hosts.String()
	for _, name := range unknown {
		hosts = strings.ReplaceAll(hosts, " "+name, "")
	}
	folder := "/etc/netns/" + m.ns
	if err := os.MkdirAll(folder, 0o755); err != nil {
		l.t.Fatal(err)
	}
	// A query to a name server, such as for an IPv6 address, is refused at once.
	for name, text := range map[string]string{"hosts": hosts, "resolv.conf": "nameserver 127.0.0.1\n"} {
		if err := os.WriteFile(folder+"/"+name, []byte(text), 0o644); err != nil {
			l.t.Fatal(err)
		}
	}
}

// allow permits packets of a client to the internet (203.0.113.x and 203.0.114.x) pass that match one of the nftables
// expressions. The router masquerades the client, as one at home does.
func (l *lab) allow(client machine, expressions ...string) {
	for _, e := range expressions {
		fmt.Fprintf(&l.forward, "iifname %s ct original ip daddr { 203.0.113.0/24, 203.0.114.0/24 } %s accept\n",
			client.at, e)
	}
	fmt.Fprintf(&l.post, "iifname %s masquerade\n", client.at)
}

// putBehindNAT gives the router an address that it forwards to the machine. From the machine itself that address
// leads nowhere.
func (l *lab) putBehindNAT(m machine, ip string) {
	fmt.Fprintf(&l.pre, "iifname != %s ip daddr %s dnat to %s\n", m.at, ip, m.ip)
	fmt.Fprintf(&l.post, "iifname %s snat to %s\n", m.at, ip)
}

// closeFirewall drops all packets except those that allow and putBehindNAT permit.
func (l *lab) closeFirewall() {
	l.t.Helper()
	text := "table ip lab {\n" +
		"chain forward { type filter hook forward priority 0; policy drop; ct state established,related accept\n" +
		l.forward.String() +
		"}\nchain pre { type nat hook prerouting priority -100\n" + l.pre.String() +
		"}\nchain post { type nat hook postrouting priority 100\n" + l.post.String() + "}\n}\n"
	cmd := exec.Command("ip", "netns", "exec", l.prefix+router, "nft", "-f", "-")
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil {
		l.t.Fatalf("nft: %s\n%s", out, text)
	}
}

func (l *lab) in(name string, command ...string) string {
	l.t.Helper()
	return l.run("ip", append([]string{"netns", "exec", l.prefix + name}, command...)...)
}

func (l *lab) run(name string, args ...string) string {
	l.t.Helper()
	var out, complaint bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		l.t.Fatalf("%s %s: %v %s", name, strings.Join(args, " "), err, complaint.String())
	}
	return out.String()
}
