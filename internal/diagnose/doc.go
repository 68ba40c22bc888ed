// Package diagnose finds out what is wrong, on which side, with the evidence, and what to do about it.
//
// A probe looks at one thing and says one of four words about it: ok, warn, fail, or unknown where it could not be
// observed; unknown is never told as absent. Probes run side by side, each within its own time. The verdict follows from
// the checks by one table (verdict.go), the same for the server's report, the doctor and the log: one root cause, not a
// list of symptoms.
//
// The package changes nothing: it reads what others hand it through small interfaces, and asks over HTTP and WebSocket.
// It must not import another adapter, and no token, key or header may enter a check.
package diagnose
