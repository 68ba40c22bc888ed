package relay

import (
	"slices"
	"sync"
	"time"

	"nests/internal/nest"
)

const (
	signerMessageTTL  = 2 * time.Minute
	maxSignerMessages = 512
)

// passing remembers for a short time what went to and from remote signers (NIP-46). While a phone shows the signer it puts the
// page that asked to sleep, and the answer would be lost on it. NIP-01 does not expect ephemeral events to be stored, and these
// are not: they live in memory, and only whoever they are addressed to finds them.
type signerMessages struct {
	mu       sync.Mutex
	messages []signerMessage // the oldest first
}

type signerMessage struct {
	event nest.Event
	at    time.Time
}

func (p *signerMessages) add(e nest.Event, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dropExpired(now)
	p.messages = append(p.messages, signerMessage{e, now})
	if len(p.messages) > maxSignerMessages {
		p.messages = p.messages[1:]
	}
}

// matching are those that a filter names by kind and recipient.
func (p *signerMessages) matching(f filter, now time.Time) []nest.Event {
	if !slices.Contains(f.Kinds, kindRemoteSigner) || len(f.Tags["p"]) == 0 {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dropExpired(now)
	var found []nest.Event
	for _, kept := range p.messages {
		if f.matches(indexTags(kept.event)) {
			found = append(found, kept.event)
		}
	}
	return found
}

func (p *signerMessages) dropExpired(now time.Time) {
	p.messages = slices.DeleteFunc(p.messages, func(kept signerMessage) bool { return now.Sub(kept.at) > signerMessageTTL })
}
