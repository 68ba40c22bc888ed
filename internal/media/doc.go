// Package media is everything about LiveKit: the embedded server, the client of its room service, tokens, webhooks,
// TURN, and the gate in front of its signalling paths.
//
// It decides nothing about nests. An Admitter decides who may enter, and the callers decide which rooms and
// participants should exist. An error of this package always means unknown, and never that a room or a participant
// is absent.
package media
