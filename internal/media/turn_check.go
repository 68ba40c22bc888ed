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

// CheckUDP opens a relay over UDP, as a client does, and sends a packet through it to itself.
func (t *TURN) CheckUDP(ctx context.Context) error {
	server := net.JoinHostPort(t.local.String(), strconv.Itoa(t.UDPPort))
	conn, err := net.ListenPacket((&relayAllocator{node: t.node}).network(), "")
	if err != nil {
		return fmt.Errorf("open a port: %w", err)
	}
	defer conn.Close()
	return t.check(ctx, conn, server)
}

// CheckStream does the same through an open connection that leads to Listener.
func (t *TURN) CheckStream(ctx context.Context, conn net.Conn) error {
	return t.check(ctx, turn.NewSTUNConn(conn), conn.RemoteAddr().String())
}

func (t *TURN) check(ctx context.Context, conn net.PacketConn, server string) error {
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	user := strconv.FormatInt(time.Now().Add(time.Minute).Unix(), 10) + ":" + selfTestUser
	client, err := turn.NewClient(&turn.ClientConfig{
		TURNServerAddr: server,
		Conn:           conn,
		Username:       user,
		Password:       turnPassword(user, t.secret),
		Realm:          turnRealm,
		// IPv4 is the default and not sent, so that the request names no family, as those of browsers.
		RequestedAddressFamily: turn.RequestedAddressFamilyIPv4,
		LoggerFactory:          &logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled},
	})
	if err != nil {
		return fmt.Errorf("request a relay: %w", err)
	}
	defer client.Close()
	if err := client.Listen(); err != nil {
		return fmt.Errorf("request a relay: %w", err)
	}
	relay, err := client.Allocate()
	if err != nil {
		return fmt.Errorf("open a relay: %w", err)
	}
	defer relay.Close()
	return echo(ctx, relay)
}

// echo sends a packet to the relay's own address until one arrives; UDP may lose some.
func echo(ctx context.Context, relay net.PacketConn) error {
	own, err := netip.ParseAddrPort(relay.LocalAddr().String())
	if err != nil {
		return fmt.Errorf("parse the relay's address: %w", err)
	}
	sent, received := []byte(rand.Text()), make([]byte, 64)
	for ctx.Err() == nil {
		if _, err := relay.WriteTo(sent, net.UDPAddrFromAddrPort(own)); err != nil {
			return fmt.Errorf("send through the relay: %w", err)
		}
		_ = relay.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
		if n, _, err := relay.ReadFrom(received); err == nil && bytes.Equal(received[:n], sent) {
			return nil
		}
	}
	return errors.New("no packet sent through the relay came back")
}
