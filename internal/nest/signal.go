package nest

// SignalType is what a signal requests or states.
type SignalType string

// Types of signals. The first four are about the author's own hand, SignalDecline is about the author's own position on
// stage, and the others are about another user.
const (
	SignalHandUp   SignalType = "hand"     // a presence with a raised hand
	SignalHandDown SignalType = "no_hand"  // a presence without a raised hand
	SignalRequest  SignalType = "ask"      // a request to speak
	SignalWithdraw SignalType = "withdraw" // the author withdraws the request
	SignalDecline  SignalType = "leave"    // the author declines an invitation to the stage
	SignalGrant    SignalType = "grant"    // onto the stage: a granted request, or an invitation
	SignalDeny     SignalType = "deny"     // a denied request: the hand goes down
	SignalRevoke   SignalType = "revoke"   // off the stage
)

// Signal is an event about hands and the stage, normalised over the dialects: NIP-53 presence, and the speaking events
// of the first client. Anybody can sign one; ApplySignal checks whether the author may.
type Signal struct {
	Event  Event
	Nest   string // id
	Host   string // of the nest, as the event's address states
	Type   SignalType
	Target string // the author, or the key of a p tag
	Until  int64  // unix ms, NIP-40 expiration; 0 when the event has none
}

// Bounds of signals, in milliseconds.
const (
	signalMaxAge        = 10 * 60_000     // an older request, grant or invitation is ignored
	presenceLifetime    = 5 * 60_000      // without an expiration; clients send one every 120 s, and two may be lost
	presenceMaxLifetime = 60 * 60_000     // for any expiration
	handMaxAbsence      = 6 * 60 * 60_000 // a hand without a presence, of a member who is not connected
)

// maxHandsOutside limits the raised hands of keys that are not connected, because keys cost nothing. Participants are
// never refused.
const maxHandsOutside = 100

// time is when the signal was made, in unix ms. created_at has whole seconds and is chosen by the author.
func (g Signal) time(now int64) int64 { return min(g.Event.CreatedAt*1000+999, now) }

// applyToHand returns its author's row after the signal; false when nothing changes.
//
// The first presence with a hand raises it. Clients repeat presences every two minutes, so a repeated one must not
// raise again a hand that a moderator lowered. A presence without a hand lowers only a hand that a presence raised,
// because clients that raise hands by API or by request send presences without one.
func (g Signal) applyToHand(m Member, now int64) (Member, bool) {
	at := g.time(now)
	if at < m.HandAt {
		return m, false
	}
	isOld := at <= now-signalMaxAge
	switch g.Type {
	case SignalHandUp:
		until := g.presenceEnd(at)
		if until <= now {
			return m, false
		}
		isFirst := m.HandClaim <= now
		m.HandClaim = until
		if isFirst && m.Hand == 0 && !m.OnStage {
			m.Hand, m.HandFrom = now, handByPresence
		}
	case SignalHandDown:
		if m.HandClaim == 0 {
			return m, false
		}
		m.HandClaim = 0
		if m.HandFrom == handByPresence {
			m.Hand, m.HandFrom = 0, handByAPI
		}
	case SignalRequest:
		if isOld || m.Hand != 0 || m.OnStage {
			return m, false
		}
		m.Hand, m.HandFrom = now, handByRequest
	case SignalWithdraw:
		if isOld || m.Hand == 0 {
			return m, false
		}
		m.Hand, m.HandFrom = 0, handByAPI
	}
	m.HandAt, m.Updated = at, now
	return m, true
}

// presenceEnd is when a presence made at at (unix ms) stops to hold.
func (g Signal) presenceEnd(at int64) int64 {
	if g.Until == 0 {
		return at + presenceLifetime
	}
	return min(g.Until, at+presenceMaxLifetime)
}

// applyToTarget returns its target's row m after the signal; false when nothing changes. by is the author's row, who
// may enter.
func (g Signal) applyToTarget(by, m Member, now int64) (Member, bool) {
	at := g.time(now)
	if at <= now-signalMaxAge {
		return m, false
	}
	if g.Type == SignalDeny {
		if !by.Moderates() || m.Hand == 0 || at < m.HandAt {
			return m, false
		}
		m.Hand, m.HandFrom, m.HandAt, m.Updated = 0, handByAPI, at, now
		return m, true
	}
	onStage := g.Type == SignalGrant
	change := PermissionChange{Participant: m.Pubkey, Publish: &onStage}
	if authorizeChange(by, m, change) != nil || onStage && m.BannedNow(now) {
		return m, false
	}
	if m.OnStage == onStage || at <= m.StageAt {
		return m, false
	}
	m.OnStage, m.StageAt, m.Updated = onStage, at, now
	if onStage {
		m.Hand = 0
	}
	return m, true
}
