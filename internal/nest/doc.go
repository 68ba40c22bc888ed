// Package nest is the domain: what a nest is, the policy, and the use cases that change nests.
//
// It knows no database, no LiveKit, no HTTP and no relay. Those implement small interfaces that this package or their
// consumers declare. It imports the standard library only, and must stay so.
package nest
