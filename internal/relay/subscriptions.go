package relay

import (
	"slices"
	"sync"
)

// subscriptions are those of one connection. They have a lock of their own, so that a broadcast to a connection with
// many does not delay the others.
type subscriptions struct {
	mu   sync.Mutex
	byID map[string][]filter
}

// set adds a subscription or replaces the one of the same id. It fails if the connection has too many.
func (s *subscriptions) set(id string, filters []filter, limits Limits) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, replaces := s.byID[id]; !replaces && len(s.byID) >= limits.Subscriptions {
		return refusef("rate-limited", "at most %d subscriptions at a time", limits.Subscriptions)
	}
	weight := totalWeight(filters)
	for other, held := range s.byID {
		if other != id {
			weight += totalWeight(held)
		}
	}
	if weight > limits.Values {
		return refusef("rate-limited",
			"the subscriptions of a connection have at most %d values, a long one counts several times", limits.Values)
	}
	if s.byID == nil {
		s.byID = map[string][]filter{}
	}
	s.byID[id] = filters
	return nil
}

func totalWeight(filters []filter) (weight int) {
	for _, f := range filters {
		weight += f.weight
	}
	return weight
}

func (s *subscriptions) remove(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byID, id)
}

// matching returns the ids of the subscriptions that match an event.
func (s *subscriptions) matching(e indexedEvent) (ids []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, filters := range s.byID {
		if slices.ContainsFunc(filters, func(f filter) bool { return f.matches(e) }) {
			ids = append(ids, id)
		}
	}
	return ids
}
