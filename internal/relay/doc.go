// Package relay is the server's Nostr relay and its dealings with other relays: an embedded relay over the nests' own
// store, the outbox that publishes to outside relays, and the watcher that brings back what hosts change there.
//
// It stores and shows events; it does not decide what they mean. Spaces and their deletions go to the domain, which
// saves and applies them in one transaction. It never trusts a header for an address, never dials a private address
// that a stranger named, and never lets one slow peer delay another.
package relay
