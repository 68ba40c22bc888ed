// Package nip holds the codecs of the Nostr protocol that the server speaks: events (NIP-01), HTTP authentication
// (NIP-98), spaces in all their dialects (NIP-53) and bech32 names (NIP-19).
//
// Everything here is a pure function of its arguments: no network, no disk, no clock, no state. All input is untrusted,
// so no function panics, and time and memory are bounded.
package nip
