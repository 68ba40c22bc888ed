package nest

// Drift is one divergence between the store and one of its projections, from its first observation to its end.
type Drift struct {
	ID       string // a fresh UUID
	Code     string // a code of the diagnostics: "room_without_nest", "wrong_permission", …
	Nest     string // nest id or LiveKit room name
	Subject  string // identity, relay or "" when it is the nest itself; (Code, Nest, Subject) is open at most once
	First    int64  // unix ms
	Last     int64
	Evidence string // JSON object with the state on both sides
	Steps    int    // tries so far
	Resolved int64  // unix ms, 0 while open
	Outcome  string // "repaired", "gone", "explained"; "" while open
}
