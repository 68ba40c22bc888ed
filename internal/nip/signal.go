package nip

import (
	"slices"
	"strings"

	"nests/internal/nest"
)

// ParseSignal reads presence (NIP-53 §Room Presence) and the speaking events of the first client. It returns false when
// the event names no space of a nest or has an unknown status. It does not verify the signature.
func (c Codec) ParseSignal(e nest.Event) (nest.Signal, bool) {
	if !slices.Contains([]int{nest.KindPresence, nest.KindRequest, nest.KindGrant, nest.KindInvite}, e.Kind) ||
		!nest.IsPubkey(e.PubKey) {
		return nest.Signal{}, false
	}
	space, ok := signalSpace(e)
	if !ok {
		return nest.Signal{}, false
	}
	g := nest.Signal{
		Event:  e,
		Nest:   space.D,
		Host:   space.Pubkey,
		Target: e.PubKey,
		Until:  spaceTime(e.Tag("expiration")),
	}
	status := strings.ToLower(bounded(strings.TrimSpace(e.Tag("status")), 16))
	switch e.Kind {
	case nest.KindPresence:
		g.Type = nest.SignalHandDown
		if e.Tag("hand") == "1" {
			g.Type = nest.SignalHandUp
		}
	case nest.KindRequest:
		g.Type = map[string]nest.SignalType{
			"requested": nest.SignalRequest,
			"cancelled": nest.SignalWithdraw,
			"canceled":  nest.SignalWithdraw,
		}[status]
	case nest.KindGrant:
		g.Type = map[string]nest.SignalType{
			"granted": nest.SignalGrant,
			"denied":  nest.SignalDeny,
			"revoked": nest.SignalRevoke,
			"removed": nest.SignalRevoke,
		}[status]
		g.Target = e.Tag("p")
	case nest.KindInvite:
		// accepted changes nothing
		g.Type = map[string]nest.SignalType{"invited": nest.SignalGrant, "declined": nest.SignalDecline}[status]
		if g.Type == nest.SignalGrant {
			g.Target = e.Tag("p")
		}
	}
	return g, g.Type != "" && nest.IsPubkey(g.Target)
}

// signalSpace returns the first address of a space in the event, given as a coordinate or as an naddr.
func signalSpace(e nest.Event) (Address, bool) {
	for _, value := range tagValues(e, "a") {
		if a, err := ParseAddress(value); err == nil && a.Kind == nest.KindSpace && nest.IsID(a.D) {
			return a, true
		}
	}
	return Address{}, false
}
