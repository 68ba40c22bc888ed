package relay

import (
	"slices"
	"strconv"
	"time"

	"nests/internal/nest"
)

// Kinds that only the relay uses; package nest defines the others.
const (
	kindProfile      = 0
	kindNote         = 1
	kindReaction     = 7
	kindChat         = 1311
	kindZapRequest   = 9734
	kindZap          = 9735
	kindMutes        = 10000
	kindRelayList    = 10002
	kindRemoteSigner = 24133 // NIP-46, forwarded only
)

const (
	maxAhead = 15 * time.Minute
	maxAge   = 24 * time.Hour // of kinds that matter only while a nest is live
)

var (
	// nestKinds are accepted from any author if they name a nest or a stored event.
	nestKinds = []int{
		kindReaction, kindChat, nest.KindRequest, nest.KindGrant, nest.KindInvite, kindZapRequest, kindZap,
		nest.KindPresence, nest.KindMeeting,
	}
	// signalKinds change hands and the stage.
	signalKinds = []int{nest.KindPresence, nest.KindRequest, nest.KindGrant, nest.KindInvite}
	// shortLivedKinds are refused when old: only a broken or hostile client sends an old presence or request.
	shortLivedKinds = []int{
		kindChat, nest.KindRequest, nest.KindGrant, nest.KindInvite, nest.KindPresence, kindRemoteSigner,
	}
	// knownAuthorKinds are accepted from hosts, members and participants.
	knownAuthorKinds = []int{kindProfile, nest.KindFollows, kindMutes, kindRelayList, kindNote, nest.KindDeletion}
	// relatedKinds are accepted from any other author if they name a nest or a stored event.
	relatedKinds = []int{kindNote, nest.KindDeletion}
)

// Facts is what the store and the loop know about an event's author and about what the event names.
type Facts struct {
	HostsNest       bool // a space, or stream, at the address of a nest that its author hosts
	NamesServer     bool // its service tag names this server
	Related         bool // names a nest or an event that we have; for a deletion, one of its author's
	AuthorKnown     bool // the author is host, member or participant here
	Banned          bool // from a nest it names
	NoAccess        bool // a nest it names is private, and the author has no access to it
	ReportsKnownKey bool // it reports a host, member or participant of this server
}

// acceptable returns why an event is refused by its kind or its times alone, or nil.
func acceptable(e nest.Event, now time.Time) error {
	age := now.Sub(time.Unix(e.CreatedAt, 0))
	switch {
	case !isAcceptedKind(e.Kind):
		return refusef("blocked", "this relay accepts events of nests only, not of kind %d", e.Kind)
	case age < -maxAhead:
		return refusef("invalid",
			"created_at lies more than 15 minutes ahead of the server's clock, which is at %d", now.Unix())
	case age > maxAge && slices.Contains(shortLivedKinds, e.Kind):
		return refusef("invalid", "created_at is too old for kind %d", e.Kind)
	case isExpired(e, now):
		return refusef("invalid", "the event has expired")
	}
	return nil
}

// Policy returns why this relay refuses an acceptable event, or nil. docs/protocol.md describes the rules.
func Policy(e nest.Event, f Facts) error {
	switch {
	case e.Kind == kindRemoteSigner:
		return nil
	case e.Kind == nest.KindSpace || e.Kind == kindStream:
		if f.HostsNest || f.NamesServer {
			return nil
		}
		return refusef("restricted", "the service tag does not name this server")
	case e.Kind == nest.KindReport: // from any author, a banned one too: only operators read it
		if f.Related || f.ReportsKnownKey {
			return nil
		}
		return refusef("restricted", "the report names no user and no event of this server")
	case f.Banned && e.Kind != nest.KindDeletion:
		return refusef("restricted", "you are banned from this nest")
	case f.NoAccess && e.Kind != nest.KindDeletion:
		return refusef("restricted", "this nest is private")
	case f.Related && (slices.Contains(nestKinds, e.Kind) || slices.Contains(relatedKinds, e.Kind)):
		return nil
	case f.AuthorKnown && (slices.Contains(knownAuthorKinds, e.Kind) || e.Kind == nest.KindPresence):
		return nil
	case slices.Contains(knownAuthorKinds, e.Kind):
		return refusef("restricted", "this relay accepts kind %d only from people in its nests", e.Kind)
	}
	return refusef("restricted", "the event names no nest of this server")
}

func isAcceptedKind(kind int) bool {
	return kind == nest.KindSpace || kind == kindStream || kind == kindRemoteSigner || kind == nest.KindReport ||
		slices.Contains(nestKinds, kind) || slices.Contains(knownAuthorKinds, kind)
}

func isEphemeral(kind int) bool { return kind >= 20000 && kind < 30000 }

// isExpired reports whether an expiration tag lies in the past (NIP-40). A value that is not a number is ignored.
func isExpired(e nest.Event, now time.Time) bool {
	at, err := strconv.ParseInt(e.Tag("expiration"), 10, 64)
	return err == nil && at <= now.Unix()
}
