// Package relay is the server's Nostr relay and its client for other relays: an embedded relay over the server's
// store, the outbox that publishes to other relays, and the watcher that receives events of nests from them.
//
// It checks, forwards and serves events; it does not decide what they mean. The domain stores and applies every
// event. The package never trusts a header for an address, never dials a private address that a user named, and
// never lets one slow connection delay another.
//
// The relay is not built on khatru, for two reasons measured at the pinned version. A publisher waited more than
// 45 s for its OK while another subscriber did not read; changes must arrive within 5 s. And a subscription outlived
// its CLOSE, because khatru handles the messages of one connection in parallel. Neither can be fixed from outside.
package relay
