// Package store is the single source of truth: nests, members, signed events, the outbox, and the small records that
// must survive a restart. SQLite and PostgreSQL run the same SQL text: $1 placeholders, TEXT ids made by the caller,
// BIGINT unix milliseconds (a Nostr created_at stays in seconds), ON CONFLICT, RETURNING. All differences between the
// two databases are in the db*.go and dump*.go files.
//
// The package holds no policy, reads no clock and uses no network. Times are arguments.
package store
