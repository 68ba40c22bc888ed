// Package metrics counts what the server does and serves the numbers to Prometheus, with Go's profiles beside them.
//
// It imports no other package of this module: main passes plain values and functions. No label holds a key, an id or an
// address, and each label has few values, because Prometheus keeps one series for every value.
package metrics
