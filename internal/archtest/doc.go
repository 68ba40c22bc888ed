// Package archtest holds the rules of the house that a compiler does not check: who may import whom, and what must not
// be in a tracked file. It has tests only.
package archtest
