package nest

// SignalType is what a signal says.
type SignalType string

// Words of signals. The first four are about their author's own hand, SignalDecline about the author's own place on the stage,
// the others about somebody else's.
const (
	SignalHandUp   SignalType = "hand"     // a presence with a raised hand
	SignalHandDown SignalType = "no_hand"  // a presence without
	SignalRequest  SignalType = "ask"      // a request to speak
	SignalWithdraw SignalType = "withdraw" // the request is taken back
	SignalDecline  SignalType = "leave"    // an invitation is declined
	SignalGrant    SignalType = "grant"    // up to the stage: a request granted, or an invitation
	SignalDeny     SignalType = "deny"     // a request is denied: the hand goes down
	SignalRevoke   SignalType = "revoke"   // down from the stage
)

// Signal is what people say about hands and the stage by Nostr events, normalised over the dialects: NIP-53 presence and the
// speaking events of the first client. Anybody can sign any of them: who may is the business of ApplySignal.
type Signal struct {
	Event  Event
	Nest   string // id
	Host   string // of the nest, as the event's address says
	Type   SignalType
	Target string // whom it is about: the author, or a p tag's key
	Until  int64  // unix ms, NIP-40 expiration; 0 when the event does not say
}

// Bounds of signals, in milliseconds.
const (
	signalFresh  = 10 * 60_000 // a request, grant or invitation is heard so long
	presenceHeld = 5 * 60_000  // a presence holds so long without an expiration: two of one every 120 s may be lost
	presenceMost = 60 * 60_000 // whatever expiration it carries

	handHeld = 6 * 60 * 60_000 // a hand that no presence claims stays up so long for who is not inside
)

// handsOfStrangers is how many hands may be up of keys that are not inside. More would be a flood; who is
// inside is never refused.
const maxHandsOutside = 100

// time is when the signal was made. created_at is whole seconds, chosen by its author.
func (g Signal) time(now int64) int64 { return min(g.Event.CreatedAt*1000+999, now) }

// onHand is what the signal makes of its author's hand; false when nothing. A hand is raised when a presence with one follows
// none: repeating it every two minutes does not raise again what a moderator lowered. Only what a presence raised is
// lowered by one, because clients that raise by API or by request send presences without a hand.
func (g Signal) onHand(m Member, now int64) (Member, bool) {
	at := g.time(now)
	if at < m.HandAt {
		return m, false
	}
	switch g.Type {
	case SignalHandUp:
		until := g.Until
		if until == 0 {
			until = at + presenceHeld
		}
		if until = min(until, at+presenceMost); until <= now {
			return m, false
		}
		news := m.HandClaim <= now
		m.HandClaim = until
		if news && m.Hand == 0 && !m.OnStage {
			m.Hand, m.HandFrom = now, HandByPresence
		}
	case SignalHandDown:
		if m.HandClaim == 0 {
			return m, false
		}
		m.HandClaim = 0
		if m.HandFrom == HandByPresence {
			m.Hand, m.HandFrom = 0, HandByAPI
		}
	case SignalRequest:
		if at <= now-signalFresh || m.Hand != 0 || m.OnStage {
			return m, false
		}
		m.Hand, m.HandFrom = now, HandByRequest
	case SignalWithdraw:
		if at <= now-signalFresh || m.Hand == 0 {
			return m, false
		}
		m.Hand, m.HandFrom = 0, HandByAPI
	}
	m.HandAt, m.Updated = at, now
	return m, true
}

// onStage is what the signal makes of its target, said by a member who may enter; false when nothing.
func (g Signal) onStage(by, m Member, now int64) (Member, bool) {
	at := g.time(now)
	if at <= now-signalFresh {
		return m, false
	}
	if g.Type == SignalDeny {
		if !by.Moderates() || m.Hand == 0 || at < m.HandAt {
			return m, false
		}
		m.Hand, m.HandFrom, m.HandAt, m.Updated = 0, HandByAPI, at, now
		return m, true
	}
	up := g.Type == SignalGrant
	if authorizeChange(by, m, PermissionChange{Participant: m.Pubkey, Publish: &up}) != nil || up && m.BannedNow(now) {
		return m, false
	}
	if m.OnStage == up || at <= m.StageAt {
		return m, false
	}
	m.OnStage, m.StageAt, m.Updated = up, at, now
	if up {
		m.Hand = 0
	}
	return m, true
}

// expireHand is the member once a presence's claim has run out, a hand is up too long for somebody absent, and words about the hand
// are too old to matter.
func (m Member) expireHand(now int64, absent bool) Member {
	if m.HandClaim > 0 && m.HandClaim <= now {
		m.HandClaim = 0
		if m.HandFrom == HandByPresence {
			m.Hand, m.HandFrom = 0, HandByAPI
		}
		m.Updated = now
	}
	if absent && m.HandClaim == 0 && m.Hand != 0 && m.Hand <= now-handHeld {
		m.Hand, m.HandFrom, m.Updated = 0, HandByAPI, now
	}
	if m.Hand == 0 && m.HandClaim == 0 && m.HandAt <= now-signalFresh {
		m.HandAt = 0
	}
	return m
}
