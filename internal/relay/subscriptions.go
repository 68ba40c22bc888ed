package relay

import (
	"slices"
	"sync"
)

// subscriptions are those of one connection. Whoever broadcasts looks into them under their own lock: a connection that has
// many keeps nobody else waiting.
type subscriptions struct {
	mu   sync.Mutex
	byID map[string][]filter
}

// set takes the filters of a subscription, replacing one of the same id. It fails when the connection has too many.
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
		return refusef("rate-limited", "the subscriptions of a connection have at most %d values, where a long one counts for several", limits.Values)
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

// to are the subscriptions that an event matches.
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
