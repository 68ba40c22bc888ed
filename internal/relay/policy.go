package relay

import (
	"slices"
	"strconv"
	"time"

	"nests/internal/nest"
)

// Kinds that the relay knows by name; nest and nip have the others.
const (
	kindProfile      = 0
	kindNote         = 1
	kindReaction     = 7
	kindChat         = 1311
	kindZapRequest   = 9734
	kindZap          = 9735
	kindMutes        = 10000
	kindRelayList    = 10002
	kindRemoteSigner = 24133 // NIP-46, passed through
)

const (
	maxAhead = 15 * time.Minute
	maxAge   = 24 * time.Hour // for what is only of interest while it happens
)

var (
	// aboutNests are taken from anybody when they name a nest, or an event, that we have.
	nestKinds = []int{kindReaction, kindChat, nest.KindRequest, nest.KindGrant, nest.KindInvite, kindZapRequest, kindZap, nest.KindPresence, nest.KindMeeting}
	// signals say something about hands and the stage, which the domain hears.
	signalKinds = []int{nest.KindPresence, nest.KindRequest, nest.KindGrant, nest.KindInvite}
	// fleeting are refused when old: who replays an old presence or request means harm or is broken.
	shortLivedKinds = []int{kindChat, nest.KindRequest, nest.KindGrant, nest.KindInvite, nest.KindPresence, kindRemoteSigner}
	// ofPeople are taken from people who are here.
	knownAuthorKinds = []int{kindProfile, nest.KindFollows, kindMutes, kindRelayList, kindNote, nest.KindDeletion}
	// alsoTied are taken from strangers, too, when they name something of ours.
	relatedKinds = []int{kindNote, nest.KindDeletion}
)

// Facts are what the store and the loop say about an event's author and what it names.
type Facts struct {
	HostsNest       bool // a space, or stream, at the address of a nest that its author hosts
	NamesServer     bool // its service tag names this server
	Related         bool // names a nest or an event that we have; for a deletion, one of its author's
	AuthorKnown     bool // the author is host, member or participant here
	Banned          bool // from a nest it names
	NoAccess        bool // a nest it names is private, and the author has no place in it
	ReportsKnownKey bool // a report about somebody who is here
}

// Acceptable says whether an event may be taken at all, before anything is looked up: its kind and its times.
func Acceptable(e nest.Event, now time.Time) error {
	age := now.Sub(time.Unix(e.CreatedAt, 0))
	switch {
	case !isAcceptedKind(e.Kind):
		return refusef("blocked", "this relay takes events of nests only, and none of kind %d", e.Kind)
	case age < -maxAhead:
		return refusef("invalid", "created_at lies more than 15 minutes ahead of the server's clock, which is at %d", now.Unix())
	case age > maxAge && slices.Contains(shortLivedKinds, e.Kind):
		return refusef("invalid", "created_at is too old for kind %d", e.Kind)
	case isExpired(e, now):
		return refusef("invalid", "the event has expired")
	}
	return nil
}

// Policy says whether this relay takes an acceptable event, given the facts (contract.md §Nostr).
func Policy(e nest.Event, f Facts) error {
	switch {
	case e.Kind == kindRemoteSigner:
		return nil
	case e.Kind == nest.KindSpace || e.Kind == KindStream:
		if f.HostsNest || f.NamesServer {
			return nil
		}
		return refusef("restricted", "the service tag does not name this server")
	case e.Kind == nest.KindReport: // also by who is banned, and from outside: only the operator reads it
		if f.Related || f.ReportsKnownKey {
			return nil
		}
		return refusef("restricted", "the report names nobody and nothing of this server")
	case f.Banned && e.Kind != nest.KindDeletion:
		return refusef("restricted", "you are banned from this nest")
	case f.NoAccess && e.Kind != nest.KindDeletion:
		return refusef("restricted", "this nest is private")
	case f.Related && (slices.Contains(nestKinds, e.Kind) || slices.Contains(relatedKinds, e.Kind)):
		return nil
	case f.AuthorKnown && (slices.Contains(knownAuthorKinds, e.Kind) || e.Kind == nest.KindPresence):
		return nil
	case slices.Contains(knownAuthorKinds, e.Kind):
		return refusef("restricted", "this relay takes kind %d from people in its nests only", e.Kind)
	}
	return refusef("restricted", "the event names no nest of this server")
}

func isAcceptedKind(kind int) bool {
	return kind == nest.KindSpace || kind == KindStream || kind == kindRemoteSigner || kind == nest.KindReport ||
		slices.Contains(nestKinds, kind) || slices.Contains(knownAuthorKinds, kind)
}

func isEphemeral(kind int) bool { return kind >= 20000 && kind < 30000 }

// expired is true when an expiration tag lies in the past (NIP-40). One that is no number says nothing.
func isExpired(e nest.Event, now time.Time) bool {
	at, err := strconv.ParseInt(e.Tag("expiration"), 10, 64)
	return err == nil && at <= now.Unix()
}
