// Package ratelimit counts how often a client does something: token buckets, and the address prefix that counts as one
// client.
//
// It knows no requests, connections or users. It must not log: its keys are addresses and public keys.
package ratelimit
