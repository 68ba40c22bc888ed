// Package nip holds the codecs of the Nostr protocol that the server speaks: events (NIP-01), HTTP authentication
// (NIP-98), spaces in all their dialects (NIP-53) and bech32 names (NIP-19).
//
// Everything here is a pure function of its arguments: no network, no disk, no clock but the one that is passed in, no
// state. What it reads comes from strangers, so nothing here panics or takes more than bounded time and memory.
package nip
