// Package nesttest helps tests: real audio clients, a real LiveKit beside the test, and waiting without sleeping.
//
// It is imported by tests only and may import everything.
package nesttest
