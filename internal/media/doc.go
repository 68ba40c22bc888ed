// Package media is all of LiveKit: the embedded server, the client for its room service, the tokens, the gate before
// its signalling paths and its webhooks.
//
// It decides nothing about nests. Who may enter comes from a Doorkeeper, what should be from the caller; an error of
// this package is always an unknown and never says that a room or a participant is absent.
package media
