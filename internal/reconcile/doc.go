// Package reconcile keeps LiveKit true to the store. Plan is pure: desired and observed state in, steps out. The Loop observes,
// plans and applies, again and again; everything that happens elsewhere only wakes it. An observation that failed is unknown,
// and unknown changes nothing.
package reconcile
