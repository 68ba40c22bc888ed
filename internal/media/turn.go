package media

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the credentials of TURN are made with it, by every server and LiveKit alike
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/livekit/livekit-server/pkg/config"
	"github.com/pion/logging"
	"github.com/pion/stun/v3"
	"github.com/pion/turn/v5"
)

const (
	turnRealm      = "nests"
	turnTTL        = 300 // seconds within which a credential must be used; a relay in use goes on
	turnUserOfSelf = "self-test"
)

// TURN carries the audio of those whose network lets nothing else through: over UDP on its usual port, and over TLS, which
// looks like HTTPS from outside. Whoever ends the TLS passes on what was inside it to Listener.
//
// It is not LiveKit's own: that one always tells browsers port 443, opens the part without TLS on every interface, sends
// each packet out to the advertised address and back, which many NATs refuse, and relays to anyone on the internet. This
// one relays to the audio of this server and to nothing else, on the address where that listens, so it needs no open ports.
type TURN struct {
	Domain   string       // the name in the certificate; "": no TURN
	UDPPort  int          // 0: not over UDP
	TLSPort  int          // as browsers see it; 0: not over TLS
	Listener net.Listener // where what was inside TLS arrives; closed by Run; nil: not over TLS

	server *turn.Server
	secret string
	node   netip.Addr    // as browsers are told
	local  netip.Addr    // the same on this machine
	idle   time.Duration // of a relay, in tests
	quota  quota
}

// advertise tells LiveKit what to tell browsers; LiveKit makes the credentials.
func (t *TURN) advertise(conf *config.Config, secret string) {
	if t.UDPPort != 0 {
		conf.RTC.TURNServers = append(conf.RTC.TURNServers, config.TURNServer{Host: bracketed(conf.RTC.NodeIP.PrimaryIP()), Port: t.UDPPort,
			Protocol: "udp", Secret: secret, TTL: turnTTL})
	}
	if t.Listener != nil {
		conf.RTC.TURNServers = append(conf.RTC.TURNServers, config.TURNServer{Host: t.Domain, Port: t.TLSPort,
			Protocol: "tls", Secret: secret, TTL: turnTTL})
	}
}

// start opens it. node is the address that browsers are told for audio, udpPort the port.
func (t *TURN) start(node string, udpPort int, secret string) (err error) {
	t.secret = secret
	if t.node, err = netip.ParseAddr(node); err != nil {
		return fmt.Errorf("read media address: %w", err)
	}
	if t.local, err = localOf(t.node); err != nil {
		return err
	}
	relays := &relays{node: t.node, local: t.local, media: udpPort, idle: cmp.Or(t.idle, relayIdle)}
	conf := turn.ServerConfig{
		Realm: turnRealm, AuthHandler: t.authorize, QuotaHandler: t.quota.allows,
		EventHandler: turn.EventHandler{OnAllocationCreated: t.quota.created, OnAllocationDeleted: t.quota.deleted},
		// What strangers send is no news; it would log each broken packet.
		LoggerFactory: &logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled},
	}
	if t.UDPPort != 0 {
		conn, err := net.ListenPacket(relays.network(), net.JoinHostPort(t.host(), strconv.Itoa(t.UDPPort)))
		if err != nil {
			return fmt.Errorf("open NESTS_TURN_UDP_PORT: %w", err)
		}
		conf.PacketConnConfigs = []turn.PacketConnConfig{{PacketConn: conn, RelayAddressGenerator: relays, PermissionHandler: relays.allows}}
	}
	if t.Listener != nil {
		conf.ListenerConfigs = []turn.ListenerConfig{{Listener: streams{t.Listener, t.node}, RelayAddressGenerator: relays, PermissionHandler: relays.allows}}
	}
	if t.server, err = turn.NewServer(conf); err != nil {
		return fmt.Errorf("start TURN: %w", err)
	}
	return nil
}

// host is where the UDP port is opened: on the address that browsers are told, so that answers come from it on a machine that
// has several, and not to the network when the audio is not either. Behind a NAT it is everywhere.
func (t *TURN) host() string {
	if t.local == t.node || t.local.IsLoopback() {
		return t.local.String()
	}
	return ""
}

func (t *TURN) close() {
	if t.server != nil {
		_ = t.server.Close() // tells which of its sockets were closed already
	}
}

// authorize knows the credentials that LiveKit gives out: «expiry:participant», and its HMAC. Only a new relay must come in
// time: whoever has one keeps it as long as it is used.
func (t *TURN) authorize(asked *turn.RequestAttributes) (user string, key []byte, ok bool) {
	until, user, _ := strings.Cut(asked.Username, ":")
	expiry, err := strconv.ParseInt(until, 10, 64)
	if err != nil || user == "" || asked.Method == stun.MethodAllocate && time.Now().Unix() > expiry {
		return "", nil, false
	}
	return user, turn.GenerateAuthKey(asked.Username, turnRealm, turnPassword(asked.Username, t.secret)), true
}

func turnPassword(username, secret string) string {
	mac := hmac.New(sha1.New, []byte(secret))
	mac.Write([]byte(username))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// turnSecret is of its own: who learns it can relay, and nothing more.
func turnSecret(apiSecret string) string {
	mac := hmac.New(sha256.New, []byte(apiSecret))
	mac.Write([]byte("turn"))
	return hex.EncodeToString(mac.Sum(nil))
}

// localOf is where the address told to browsers lies on this machine: itself, or behind a NAT the first of our own, as
// LiveKit finds it; loopback when there is no other.
func localOf(node netip.Addr) (netip.Addr, error) {
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return netip.Addr{}, fmt.Errorf("list own addresses: %w", err)
	}
	var first, loopback netip.Addr
	for _, a := range addresses {
		prefix, err := netip.ParsePrefix(a.String())
		ip := prefix.Addr()
		switch {
		case err != nil || ip.Is4() != node.Is4():
		case ip == node:
			return ip, nil
		case ip.IsLoopback():
			loopback = ip
		case !first.IsValid() && !ip.IsLinkLocalUnicast():
			first = ip
		}
	}
	if !first.IsValid() {
		first = loopback
	}
	if !first.IsValid() {
		return netip.Addr{}, errors.New("no own address for TURN to relay from")
	}
	return first, nil
}

func bracketed(ip string) string {
	if strings.Contains(ip, ":") {
		return "[" + ip + "]"
	}
	return ip
}
