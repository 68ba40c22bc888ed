package media

import (
	"errors"
	"net"
	"net/netip"
	"time"

	"github.com/pion/turn/v5"
)

// relayAllocator opens the sockets between TURN and the audio. It binds them to the address where LiveKit listens for
// audio, so that relayed packets never leave the machine, whatever NAT and firewall it has. Clients see both ends under
// the advertised address. Its fields do not change, so it is safe for concurrent use.
type relayAllocator struct {
	node      netip.Addr // the address advertised to clients
	local     netip.Addr // the same address on this machine
	audioPort int        // LiveKit's UDP port

	idleTimeout time.Duration // a relay ends when LiveKit has sent nothing for so long
}

// relayIdleTimeout is far above the seconds between two packets on any path in use. When LiveKit sends nothing, the
// participant has left or uses another path, whatever lifetime the client asked for.
const relayIdleTimeout = 2 * time.Minute

var _ turn.RelayAddressGenerator = (*relayAllocator)(nil)

var errOnlyUDP = errors.New("only UDP is relayed, in the address family of the audio")

func (r *relayAllocator) Validate() error { return nil }

func (r *relayAllocator) network() string {
	if r.node.Is4() {
		return "udp4"
	}
	return "udp6"
}

// AllocatePacketConn opens a socket on any free port: only this machine sends to it.
func (r *relayAllocator) AllocatePacketConn(conf turn.AllocateListenerConfig) (net.PacketConn, net.Addr, error) {
	if conf.Network != r.network() {
		return nil, nil, errOnlyUDP
	}
	local := netip.AddrPortFrom(r.local, uint16(conf.RequestedPort))
	conn, err := net.ListenUDP(r.network(), net.UDPAddrFromAddrPort(local))
	if err != nil {
		return nil, nil, err
	}
	port := uint16(conn.LocalAddr().(*net.UDPAddr).Port)
	if err := conn.SetReadDeadline(time.Now().Add(r.idleTimeout)); err != nil {
		conn.Close()
		return nil, nil, err
	}
	advertised := net.UDPAddrFromAddrPort(netip.AddrPortFrom(r.node, port))
	return &relayConn{UDPConn: conn, allocator: r, port: port}, advertised, nil
}

// AllocateListener returns an error: TCP is not relayed.
func (r *relayAllocator) AllocateListener(turn.AllocateListenerConfig) (net.Listener, net.Addr, error) {
	return nil, nil, errOnlyUDP
}

// AllocateConn returns an error: TCP is not relayed.
func (r *relayAllocator) AllocateConn(turn.AllocateConnConfig) (net.Conn, error) {
	return nil, errOnlyUDP
}

// permits is TURN's check of a peer's address. relayConn checks the port of each packet.
func (r *relayAllocator) permits(_ net.Addr, peer net.IP) bool {
	ip, ok := netip.AddrFromSlice(peer)
	return ok && ip.Unmap() == r.node
}

// relayConn is the socket of one relay. It sends to LiveKit and, for the self-test, to itself. Packets to any other
// address are dropped, as a firewall would.
type relayConn struct {
	*net.UDPConn

	allocator *relayAllocator
	port      uint16
}

func (c *relayConn) WriteTo(p []byte, to net.Addr) (int, error) {
	r := c.allocator
	peer, ok := to.(*net.UDPAddr)
	if !ok || !r.permits(nil, peer.IP) || peer.Port != r.audioPort && peer.Port != int(c.port) {
		return len(p), nil
	}
	return c.WriteToUDPAddrPort(p, netip.AddrPortFrom(r.local, uint16(peer.Port)))
}

// ReadFrom fails when LiveKit has sent nothing for idleTimeout, which makes pion end the relay.
func (c *relayConn) ReadFrom(p []byte) (int, net.Addr, error) {
	r := c.allocator
	n, from, err := c.ReadFromUDPAddrPort(p)
	if err != nil {
		return n, nil, err
	}
	ip := from.Addr().Unmap()
	if ip == r.local {
		ip = r.node
		if int(from.Port()) == r.audioPort {
			if err := c.SetReadDeadline(time.Now().Add(r.idleTimeout)); err != nil {
				return 0, nil, err
			}
		}
	}
	return n, net.UDPAddrFromAddrPort(netip.AddrPortFrom(ip, from.Port())), nil
}
