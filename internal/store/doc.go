// Package store keeps the truth: nests, members, signed events, the outbox, and the small records that must outlive a
// restart. It speaks to SQLite and PostgreSQL with one SQL text: $1 placeholders, TEXT ids made by the caller, BIGINT
// unix milliseconds (a Nostr created_at stays in seconds), ON CONFLICT, RETURNING. What differs between the two is in
// the db*.go files and nowhere else.
//
// It decides nothing: no policy, no clock, no network. Times come in as arguments.
package store
