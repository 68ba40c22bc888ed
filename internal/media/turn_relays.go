package media

import (
	"errors"
	"net"
	"net/netip"
	"time"

	"github.com/pion/turn/v5"
)

// relays makes the sockets between TURN and the audio. They lie on the address where the audio listens, so what is relayed
// never leaves the machine, whatever NAT and firewall are before it, and clients see both ends under the advertised address.
type relays struct {
	node  netip.Addr // as browsers are told
	local netip.Addr // the same on this machine
	media int        // UDP port of the audio

	idle time.Duration // after which a relay ends
}

// relayIdle is far above the seconds between two packets on any way in use. Where nothing comes from the audio, the participant
// has left or goes another way, whatever lifetime the client asked for.
const relayIdle = 2 * time.Minute

var _ turn.RelayAddressGenerator = (*relays)(nil)

var errOnlyUDP = errors.New("only UDP is relayed, in the address family of the audio")

func (r *relays) Validate() error { return nil }

func (r *relays) network() string {
	if r.node.Is4() {
		return "udp4"
	}
	return "udp6"
}

// AllocatePacketConn takes any free port: nobody from outside ever sends to it.
func (r *relays) AllocatePacketConn(asked turn.AllocateListenerConfig) (net.PacketConn, net.Addr, error) {
	if asked.Network != r.network() {
		return nil, nil, errOnlyUDP
	}
	conn, err := net.ListenUDP(r.network(), net.UDPAddrFromAddrPort(netip.AddrPortFrom(r.local, uint16(asked.RequestedPort))))
	if err != nil {
		return nil, nil, err
	}
	own := uint16(conn.LocalAddr().(*net.UDPAddr).Port)
	if err := conn.SetReadDeadline(time.Now().Add(r.idle)); err != nil {
		conn.Close()
		return nil, nil, err
	}
	return &relayed{UDPConn: conn, relays: r, own: own}, net.UDPAddrFromAddrPort(netip.AddrPortFrom(r.node, own)), nil
}

func (r *relays) AllocateListener(turn.AllocateListenerConfig) (net.Listener, net.Addr, error) {
	return nil, nil, errOnlyUDP
}

func (r *relays) AllocateConn(turn.AllocateConnConfig) (net.Conn, error) { return nil, errOnlyUDP }

// allows is asked for the address; the port comes with each packet.
func (r *relays) allows(_ net.Addr, peer net.IP) bool {
	ip, ok := netip.AddrFromSlice(peer)
	return ok && ip.Unmap() == r.node
}

// relayed is one relay. It sends to the audio, and to itself for the self-test; anything else is dropped as a firewall would.
type relayed struct {
	*net.UDPConn

	relays *relays
	own    uint16
}

func (c *relayed) WriteTo(p []byte, to net.Addr) (int, error) {
	peer, ok := to.(*net.UDPAddr)
	if !ok || !c.relays.allows(nil, peer.IP) || peer.Port != c.relays.media && peer.Port != int(c.own) {
		return len(p), nil
	}
	return c.WriteToUDPAddrPort(p, netip.AddrPortFrom(c.relays.local, uint16(peer.Port)))
}

// ReadFrom fails when the audio has been silent for long, which ends the relay.
func (c *relayed) ReadFrom(p []byte) (int, net.Addr, error) {
	n, from, err := c.ReadFromUDPAddrPort(p)
	if err != nil {
		return n, nil, err
	}
	ip := from.Addr().Unmap()
	if ip == c.relays.local {
		ip = c.relays.node
		if int(from.Port()) == c.relays.media {
			if err := c.SetReadDeadline(time.Now().Add(c.relays.idle)); err != nil {
				return 0, nil, err
			}
		}
	}
	return n, net.UDPAddrFromAddrPort(netip.AddrPortFrom(ip, from.Port())), nil
}
