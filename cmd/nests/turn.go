package main

import (
	"fmt"
	"net"

	"nests/internal/diagnose"
	"nests/internal/media"
)

// wireTURN puts TURN beside the embedded LiveKit when it has a name. Its part without TLS is opened where a proxy is told to
// bring it, or on loopback for our own front.
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

// turnProbe sends a packet through TURN and back.
func (a *app) turnProbe() diagnose.Probe {
	probe := diagnose.Probe{ID: "turn", Title: "TURN relay", Scope: diagnose.OfServer, TimeoutCode: diagnose.TurnBroken}
	if a.livekit == nil || a.livekit.TURN == nil {
		why := "There is none; NESTS_TURN_DOMAIN adds one, for networks that let nothing but HTTPS through."
		if a.livekit == nil {
			why = "The media server is not ours; it has its own."
		}
		probe.Run = diagnose.Skip(why)
		return probe
	}
	turn := a.livekit.TURN
	look := diagnose.Turn{Domain: turn.Domain, TLSPort: turn.TLSPort, Stream: turn.CheckStream}
	if turn.UDPPort != 0 {
		look.UDP = turn.CheckUDP
	}
	if turn.Listener != nil {
		look.TCPAddr = turn.Listener.Addr().String()
	}
	probe.Run = look.Check
	return probe
}
