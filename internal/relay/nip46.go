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

// signerMessages keeps messages to and from remote signers (NIP-46) in memory for a short time. While a phone shows
// the signer, it suspends the web page that waits for the answer; the page fetches the answer when it resumes. Only a
// filter that names the recipient matches them. Ephemeral events are not stored (NIP-01).
type signerMessages struct {
	mu       sync.Mutex
	messages []signerMessage // oldest first
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

// matching returns the messages that a filter matches, if it names their kind and recipient.
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
	isExpired := func(m signerMessage) bool { return now.Sub(m.at) > signerMessageTTL }
	p.messages = slices.DeleteFunc(p.messages, isExpired)
}
