// Package nesttest gives tests real audio clients, a real LiveKit, PostgreSQL, relay and certificate authority,
// free ports, and a way to wait without sleeping.
//
// Only tests import it. It may import everything.
package nesttest
