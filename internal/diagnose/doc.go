// Package diagnose finds the root cause of a problem: which side has it, the evidence, and what to do about it.
//
// A probe checks one thing and returns ok, warn, fail, skipped, or unknown when the thing could not be observed.
// Unknown never counts as absent. Probes run side by side, each with its own timeout. One table (verdict.go) turns
// their findings into the verdict, for the server's report, the doctor and the log alike: one root cause, not a list
// of symptoms.
//
// The package changes nothing: it reads through small interfaces, and asks over HTTP and WebSocket. It must not
// import another adapter, and no token, key or header may enter a check.
package diagnose
