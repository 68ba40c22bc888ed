package nest

// DeliveryState is how far one event is with one outside relay.
type DeliveryState string

// States of a delivery. Accepted, Refused and GaveUp are final.
const (
	DeliveryPending  DeliveryState = "pending"
	DeliveryAccepted DeliveryState = "accepted"
	DeliveryRefused  DeliveryState = "refused" // the relay said OK false with words that no retry changes
	DeliveryGaveUp   DeliveryState = "gave_up" // bounded retries are used up
)

// Delivery is one event owed to one relay: a row of the outbox.
type Delivery struct {
	Nest     string
	Event    string // id
	Relay    string // URL
	State    DeliveryState
	Attempts int
	NextTry  int64  // unix ms
	Message  string // what the relay said last, or why it could not be reached; bounded and printable
	Updated  int64
}

// OutboxStats counts the outbox. Times are unix ms.
type OutboxStats struct {
	Pending int
	Overdue int   // pending whose next try is past
	Oldest  int64 // next try of the one overdue longest, 0 without one
	Refused int
	GaveUp  int
}

// RelayBacklog is what of the outbox one relay has not accepted, in one state.
type RelayBacklog struct {
	Relay   string
	State   DeliveryState
	Count   int
	NextTry int64  // unix ms, the soonest
	Message string // what was said about one of them
}
