// Package reconcile keeps LiveKit in agreement with the store. Plan is pure: it takes the desired and the observed
// state and returns steps. The Loop observes, plans and applies, again and again; everything else in the server
// only wakes it. An observation that failed is unknown, and unknown changes nothing.
package reconcile
