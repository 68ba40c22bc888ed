package media

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"

	"github.com/pion/logging"
	"github.com/pion/turn/v5"
)

// CheckUDP takes a relay over UDP, as a client does, and sends a packet through it to itself.
func (t *TURN) CheckUDP(ctx context.Context) error {
	server := net.JoinHostPort(t.local.String(), strconv.Itoa(t.UDPPort))
	conn, err := net.ListenPacket((&relays{node: t.node}).network(), "")
	if err != nil {
		return fmt.Errorf("open a port: %w", err)
	}
	defer conn.Close()
	return t.loop(ctx, conn, server)
}

// CheckStream does the same through an open connection that leads to what Listener takes.
func (t *TURN) CheckStream(ctx context.Context, conn net.Conn) error {
	return t.loop(ctx, turn.NewSTUNConn(conn), conn.RemoteAddr().String())
}

func (t *TURN) loop(ctx context.Context, conn net.PacketConn, server string) error {
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	user := strconv.FormatInt(time.Now().Add(time.Minute).Unix(), 10) + ":" + turnUserOfSelf
	client, err := turn.NewClient(&turn.ClientConfig{
		TURNServerAddr: server, Conn: conn, Username: user, Password: turnPassword(user, t.secret), Realm: turnRealm,
		RequestedAddressFamily: turn.RequestedAddressFamilyIPv4, // which is not sent, so it asks for none, as browsers do
		LoggerFactory:          &logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled},
	})
	if err != nil {
		return fmt.Errorf("ask for a relay: %w", err)
	}
	defer client.Close()
	if err := client.Listen(); err != nil {
		return fmt.Errorf("ask for a relay: %w", err)
	}
	relay, err := client.Allocate()
	if err != nil {
		return fmt.Errorf("take a relay: %w", err)
	}
	defer relay.Close()
	return echo(ctx, relay)
}

// echo sends a packet to the relay's own address until it arrives; UDP may lose one.
func echo(ctx context.Context, relay net.PacketConn) error {
	own, err := netip.ParseAddrPort(relay.LocalAddr().String())
	if err != nil {
		return fmt.Errorf("read the relay's address: %w", err)
	}
	sent, got := []byte(rand.Text()), make([]byte, 64)
	for ctx.Err() == nil {
		if _, err := relay.WriteTo(sent, net.UDPAddrFromAddrPort(own)); err != nil {
			return fmt.Errorf("send through the relay: %w", err)
		}
		_ = relay.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
		if n, _, err := relay.ReadFrom(got); err == nil && bytes.Equal(got[:n], sent) {
			return nil
		}
	}
	return errors.New("what was sent through the relay did not come back")
}
