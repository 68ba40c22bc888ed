// Package nest is the domain: what a nest is, who may do what, and the use cases that change it.
//
// It knows no database, no LiveKit, no HTTP and no relay; each of those implements a small interface declared
// here or beside its own consumer. It imports the standard library only, and must stay so.
package nest
