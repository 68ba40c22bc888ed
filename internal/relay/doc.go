// Package relay is the server's Nostr relay and its dealings with other relays: an embedded relay over the nests' own
// store, the outbox that publishes to outside relays, and the watcher that brings back what hosts change there.
//
// It stores and shows events; it does not decide what they mean. Spaces and their deletions go to the domain, which
// saves and applies them in one transaction. It never trusts a header for an address, never dials a private address
// that a stranger named, and never lets one slow peer delay another.
//
// The engine is ours and not khatru's because of two things measured at the pinned version: a publisher waited more than
// 45 s for its OK while one other subscriber did not read, and a subscription outlived its CLOSE, since the messages of
// one connection are handled in parallel. The first breaks "a change is heard within 5 s", and the second cannot be
// mended from outside; events, filters and OK prefixes are those of NIP-01 either way.
package relay
