package main

import "net/netip"

// isBlocked reports whether the operator blocked an address.
func (a *app) isBlocked(addr netip.Addr) bool {
	_, holds := a.blocks.MatchAddress(addr)
	return holds
}

// isBlockedAtGate is asked about each participant who has just connected.
func (a *app) isBlockedAtGate(addr netip.Addr, identity string) bool {
	return a.isBlocked(addr) || a.service.CheckBlocked(identity) != nil
}
