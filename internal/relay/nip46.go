package relay

import (
	"slices"
	"sync"
	"time"

	"nests/internal/nest"
)

const (
	passingFor  = 2 * time.Minute
	passingMost = 512
)

// passing remembers for a short time what went to and from remote signers (NIP-46). While a phone shows the signer it puts the
// page that asked to sleep, and the answer would be lost on it. NIP-01 does not expect ephemeral events to be stored, and these
// are not: they live in memory, and only whoever they are addressed to finds them.
type passing struct {
	mu     sync.Mutex
	events []passed // the oldest first
}

type passed struct {
	event nest.Event
	at    time.Time
}

func (p *passing) put(e nest.Event, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forget(now)
	p.events = append(p.events, passed{e, now})
	if len(p.events) > passingMost {
		p.events = p.events[1:]
	}
}

// matching are those that a filter names by kind and recipient.
func (p *passing) matching(f filter, now time.Time) []nest.Event {
	if !slices.Contains(f.Kinds, kindRemoteSigner) || len(f.Tags["p"]) == 0 {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forget(now)
	var found []nest.Event
	for _, kept := range p.events {
		if f.matches(find(kept.event)) {
			found = append(found, kept.event)
		}
	}
	return found
}

func (p *passing) forget(now time.Time) {
	p.events = slices.DeleteFunc(p.events, func(kept passed) bool { return now.Sub(kept.at) > passingFor })
}
