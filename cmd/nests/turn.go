package main

import (
	"fmt"
	"net"

	"nests/internal/diagnose"
	"nests/internal/media"
)

// wireTURN adds TURN to the embedded LiveKit if TURN has a domain. TURN without TLS listens at the address that the
// proxy forwards to, or on loopback for this server's own front.
func (a *app) wireTURN() error {
	if a.cfg.TURNDomain == "" {
		return nil
	}
	turn := &media.TURN{Domain: a.cfg.TURNDomain, UDPPort: a.cfg.TURNUDPPort, TLSPort: a.cfg.TURNTLSPort}
	address := a.cfg.TURNTCPAddr
	if address == "" && a.front != nil {
		address = "127.0.0.1:0"
	}
	if address != "" {
		var err error
		if turn.Listener, err = net.Listen("tcp", address); err != nil {
			return fmt.Errorf("open NESTS_TURN_TCP_ADDR %s: %w", address, err)
		}
	}
	if a.front != nil {
		a.front.Routes[turn.Domain] = turn.Listener.Addr().String()
	}
	a.livekit.TURN = turn
	return nil
}

// turnProbe checks TURN by sending a packet through it.
func (a *app) turnProbe() diagnose.Probe {
	probe := diagnose.Probe{ID: "turn", Title: "TURN relay", Scope: diagnose.OfServer, TimeoutCode: diagnose.TurnBroken}
	if a.livekit == nil || a.livekit.TURN == nil {
		why := "There is none. NESTS_TURN_DOMAIN adds one, for networks that allow only HTTPS."
		if a.livekit == nil {
			why = "The media server is external and has its own."
		}
		probe.Run = diagnose.Skip(why)
		return probe
	}
	turn := a.livekit.TURN
	check := diagnose.Turn{Domain: turn.Domain, TLSPort: turn.TLSPort, Stream: turn.CheckStream}
	if turn.UDPPort != 0 {
		check.UDP = turn.CheckUDP
	}
	if turn.Listener != nil {
		check.TCPAddr = turn.Listener.Addr().String()
	}
	probe.Run = check.Check
	return probe
}
