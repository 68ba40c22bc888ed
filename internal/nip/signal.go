package nip

import (
	"slices"
	"strings"

	"nests/internal/nest"
)

// Signal reads presence (NIP-53 §Room Presence) and the speaking events of the first client. What names no nest's space,
// or says a word we do not know, is no signal. It does not verify.
func (c Codec) Signal(e nest.Event) (nest.Signal, bool) {
	if !slices.Contains([]int{nest.KindPresence, nest.KindRequest, nest.KindGrant, nest.KindInvite}, e.Kind) || !nest.IsPubkey(e.PubKey) {
		return nest.Signal{}, false
	}
	space, ok := signalSpace(e)
	if !ok {
		return nest.Signal{}, false
	}
	g := nest.Signal{Event: e, Nest: space.D, Host: space.Pubkey, Target: e.PubKey, Until: spaceTime(e.Tag("expiration"))}
	status := strings.ToLower(bounded(strings.TrimSpace(e.Tag("status")), 16))
	switch e.Kind {
	case nest.KindPresence:
		g.Word = nest.WordNoHand
		if e.Tag("hand") == "1" {
			g.Word = nest.WordHand
		}
	case nest.KindRequest:
		g.Word = map[string]nest.Word{"requested": nest.WordAsk, "cancelled": nest.WordWithdraw, "canceled": nest.WordWithdraw}[status]
	case nest.KindGrant:
		g.Word = map[string]nest.Word{"granted": nest.WordGrant, "denied": nest.WordDeny, "revoked": nest.WordRevoke, "removed": nest.WordRevoke}[status]
		g.Target = e.Tag("p")
	case nest.KindInvite:
		g.Word = map[string]nest.Word{"invited": nest.WordGrant, "declined": nest.WordLeave}[status] // accepted says what is so already
		if g.Word == nest.WordGrant {
			g.Target = e.Tag("p")
		}
	}
	return g, g.Word != "" && nest.IsPubkey(g.Target)
}

// signalSpace is the first address of a space that the event names, as a coordinate or as an naddr.
func signalSpace(e nest.Event) (Address, bool) {
	for _, value := range tagValues(e, "a") {
		if a, err := ParseAddress(value); err == nil && a.Kind == nest.KindSpace && nest.IsID(a.D) {
			return a, true
		}
	}
	return Address{}, false
}
