package media

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // TURN credentials are HMAC-SHA1, in LiveKit and every other server
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
	turnRealm    = "nests"
	turnTTL      = 300 // seconds within which a credential must open a relay; the relay may live longer
	selfTestUser = "self-test"
)

// TURN relays audio for clients whose network blocks the direct paths: over UDP on its standard port, and over TLS,
// which looks like HTTPS from outside. The front or a proxy terminates the TLS and connects to Listener.
//
// LiveKit's own TURN server is not used. It always advertises port 443, opens its port without TLS on every interface,
// sends each packet to the advertised address and back, which many NATs refuse, and relays to the whole internet. This
// one relays to LiveKit's audio port only, on the address where that listens, so it needs no other open ports.
//
// Concurrency: the exported fields are set before Embedded.Run, which calls start once. start sets the others, and none
// changes after that but quota, which has its own lock; the goroutines of the TURN server share it. The checks may be
// called at any time after start, and block at most until their context ends.
type TURN struct {
	Domain   string       // the name in the certificate; "": no TURN
	UDPPort  int          // 0: not over UDP
	TLSPort  int          // as browsers see it; 0: not over TLS
	Listener net.Listener // accepts the decrypted TLS connections; Run closes it; nil: not over TLS

	server *turn.Server
	secret string
	node   netip.Addr // the address advertised to clients
	local  netip.Addr // the same address on this machine
	quota  relayQuota

	relayIdleTimeout time.Duration // 0: the constant; tests set it
}

// advertise adds the servers that LiveKit tells clients. LiveKit also makes their credentials.
func (t *TURN) advertise(conf *config.Config, secret string) {
	if t.UDPPort != 0 {
		conf.RTC.TURNServers = append(conf.RTC.TURNServers, config.TURNServer{
			Host:     bracketed(conf.RTC.NodeIP.PrimaryIP()),
			Port:     t.UDPPort,
			Protocol: "udp",
			Secret:   secret,
			TTL:      turnTTL,
		})
	}
	if t.Listener != nil {
		conf.RTC.TURNServers = append(conf.RTC.TURNServers, config.TURNServer{
			Host:     t.Domain,
			Port:     t.TLSPort,
			Protocol: "tls",
			Secret:   secret,
			TTL:      turnTTL,
		})
	}
}

// start opens the sockets and serves. node is the address advertised to clients for audio, audioPort LiveKit's UDP
// port.
func (t *TURN) start(node string, audioPort int, secret string) (err error) {
	t.secret = secret
	if t.node, err = netip.ParseAddr(node); err != nil {
		return fmt.Errorf("parse media address: %w", err)
	}
	if t.local, err = localOf(t.node); err != nil {
		return err
	}
	allocator := &relayAllocator{
		node:        t.node,
		local:       t.local,
		audioPort:   audioPort,
		idleTimeout: cmp.Or(t.relayIdleTimeout, relayIdleTimeout),
	}
	conf := turn.ServerConfig{
		Realm:        turnRealm,
		AuthHandler:  t.authorize,
		QuotaHandler: t.quota.allows,
		EventHandler: turn.EventHandler{OnAllocationCreated: t.quota.created, OnAllocationDeleted: t.quota.deleted},
		// Pion would log every malformed packet, and anyone can send some.
		LoggerFactory: &logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled},
	}
	if t.UDPPort != 0 {
		conn, err := net.ListenPacket(allocator.network(), net.JoinHostPort(t.listenHost(), strconv.Itoa(t.UDPPort)))
		if err != nil {
			return fmt.Errorf("open NESTS_TURN_UDP_PORT: %w", err)
		}
		conf.PacketConnConfigs = []turn.PacketConnConfig{{
			PacketConn:            conn,
			RelayAddressGenerator: allocator,
			PermissionHandler:     allocator.permits,
		}}
	}
	if t.Listener != nil {
		conf.ListenerConfigs = []turn.ListenerConfig{{
			Listener:              streamListener{t.Listener, t.node},
			RelayAddressGenerator: allocator,
			PermissionHandler:     allocator.permits,
		}}
	}
	if t.server, err = turn.NewServer(conf); err != nil {
		return fmt.Errorf("start TURN: %w", err)
	}
	return nil
}

// listenHost returns the address of the UDP port: the advertised one, so that a machine with several answers
// from it, and loopback when the audio is on loopback. Behind a NAT it returns "", which is every address.
func (t *TURN) listenHost() string {
	if t.local == t.node || t.local.IsLoopback() {
		return t.local.String()
	}
	return ""
}

// close stops the TURN server. It does nothing if start created none.
func (t *TURN) close() {
	if t.server != nil {
		_ = t.server.Close() // ignored: some sockets may already be closed
	}
}

// authorize checks the credentials that LiveKit makes: the username "expiry:participant" and its HMAC as the password.
// The expiry counts only for a new relay; an open one may be used for longer.
func (t *TURN) authorize(request *turn.RequestAttributes) (participant string, key []byte, ok bool) {
	seconds, participant, _ := strings.Cut(request.Username, ":")
	expiry, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil || participant == "" || request.Method == stun.MethodAllocate && time.Now().Unix() > expiry {
		return "", nil, false
	}
	password := turnPassword(request.Username, t.secret)
	return participant, turn.GenerateAuthKey(request.Username, turnRealm, password), true
}

func turnPassword(username, secret string) string {
	mac := hmac.New(sha1.New, []byte(secret))
	mac.Write([]byte(username))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// turnSecret derives the secret of TURN credentials. A client that learns it can open relays but sign no LiveKit token.
func turnSecret(apiSecret string) string {
	mac := hmac.New(sha256.New, []byte(apiSecret))
	mac.Write([]byte("turn"))
	return hex.EncodeToString(mac.Sum(nil))
}

// localOf returns the address of this machine that stands for node, the address advertised to clients: node itself or,
// behind a NAT, the machine's first address as LiveKit picks it; loopback when there is no other.
func localOf(node netip.Addr) (netip.Addr, error) {
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return netip.Addr{}, fmt.Errorf("list addresses of this machine: %w", err)
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
		return netip.Addr{}, errors.New("this machine has no address for TURN to relay from")
	}
	return first, nil
}

func bracketed(ip string) string {
	if strings.Contains(ip, ":") {
		return "[" + ip + "]"
	}
	return ip
}
