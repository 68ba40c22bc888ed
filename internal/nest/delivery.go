package nest

import "slices"

// DeliveryState is the state of one event's publication to one outside relay.
type DeliveryState string

// States of a delivery. Accepted, Refused and GaveUp are final.
const (
	DeliveryPending  DeliveryState = "pending"
	DeliveryAccepted DeliveryState = "accepted"
	DeliveryRefused  DeliveryState = "refused" // the relay answered OK false with a reason that no retry changes
	DeliveryGaveUp   DeliveryState = "gave_up" // no retries are left
)

// Delivery is the publication of one event to one relay: a row of the outbox.
type Delivery struct {
	Nest     string
	Event    string // id
	Relay    string // URL
	State    DeliveryState
	Attempts int
	NextTry  int64  // unix ms
	Message  string // the relay's last message, or the error of the connection; bounded and printable
	Updated  int64
}

// OutboxStats counts the deliveries of the outbox. Times are unix ms.
type OutboxStats struct {
	Pending int
	Overdue int   // pending, with NextTry in the past
	Oldest  int64 // NextTry of the delivery that is overdue longest; 0 without one
	Refused int
	GaveUp  int
}

// RelayBacklog counts the deliveries to one relay that are in one state other than accepted.
type RelayBacklog struct {
	Relay   string
	State   DeliveryState
	Count   int
	NextTry int64  // unix ms, the earliest
	Message string // of one of them
}

// queueDeliveries queues an event for the nest's outside relays, except from, on which it was seen. An event of a
// private nest never leaves this server's relay.
func (s *Service) queueDeliveries(tx Tx, n Nest, e Event, from string, now int64) error {
	if n.Access == Private {
		return nil
	}
	isExcluded := func(url string) bool { return url == from || url == s.OwnRelay }
	relays := slices.DeleteFunc(slices.Clone(n.Relays), isExcluded)
	if len(relays) == 0 {
		return nil
	}
	return tx.QueueDeliveries(n.ID, e, relays, now)
}
