package main

import (
	"context"
	"net/netip"
	"time"

	"nests/internal/nest"
)

// enforceMost bounds how long a block may take while LiveKit hangs: whoever changes the blocks waits for it.
const enforceMost = 5 * time.Second

// enforce ends what is open of those whom the operator just blocked: connections to LiveKit and to our relay. Who is not seen in a
// nest yet, the loop finds at its next look.
func (a *app) enforce(ctx context.Context, fresh []nest.Block) {
	ctx, cancel := context.WithTimeout(ctx, enforceMost)
	defer cancel()
	keys := map[string]bool{}
	for _, b := range fresh {
		keys[b.Subject] = nest.IsPubkey(b.Subject) && a.service.Blocked(b.Subject) != nil
	}
	a.relay.Cut(a.blocked, func(pubkey string) bool { return keys[pubkey] })
	a.gate.Cut(ctx, a.blocked)
	for _, id := range a.loop.OccupiedNests() {
		people, _ := a.loop.Participants(id)
		for _, p := range people {
			if !keys[p.Identity] {
				continue
			}
			if err := a.client.Remove(ctx, id, p.Identity); err != nil {
				a.log.WarnContext(ctx, "blocked participant not removed", "component", "livekit", "nest", id, "err", err)
			}
		}
		a.loop.Wake(id)
	}
}

// blocked says whether the operator keeps an address out.
func (a *app) blocked(addr netip.Addr) bool {
	_, is := a.blocks.Address(addr)
	return is
}

// blockedAtGate is asked again about who has just come in.
func (a *app) blockedAtGate(addr netip.Addr, identity string) bool {
	return a.blocked(addr) || a.service.Blocked(identity) != nil
}
