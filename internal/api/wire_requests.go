package api

import (
	"fmt"
	"math"
	"strings"

	"nests/internal/nest"
	"nests/internal/nip"
)

// CreateBody is the body of PUT /. Published clients send relays and hls_stream only.
type CreateBody struct {
	Relays   []string `json:"relays,omitempty" maxItems:"20" doc:"Outside relays of the space, ws:// or wss://"`
	HLS      bool     `json:"hls_stream,omitempty" doc:"Also offer HLS"`
	Event    *Event   `json:"event,omitempty" doc:"The signed space (kind 30312), stored, applied and published with the nest"`
	RoomID   string   `json:"room_id,omitempty" doc:"Only with event; its d tag, which is the default"`
	Access   string   `json:"access,omitempty" enum:"open,private"`
	Guests   *bool    `json:"guests,omitempty" doc:"May people without a key listen? Default true"`
	StartsAt int64    `json:"starts_at,omitempty" doc:"Unix ms; ahead makes a planned nest" minimum:"0"`
}

func (b *CreateBody) validate() error {
	if len(b.Relays) > nest.RelaysMax {
		return invalid("relays", fmt.Sprintf("There are %d relays, more than %d", len(b.Relays), nest.RelaysMax), "Name fewer.")
	}
	for i, raw := range b.Relays {
		url, err := nip.RelayURL(raw)
		if err != nil {
			return invalid("relays", fmt.Sprintf("relays[%d], %.100q, is not a ws:// or wss:// URL", i, raw), "Correct it or leave it out.")
		}
		b.Relays[i] = url
	}
	switch nest.Access(b.Access) {
	case "", nest.Open, nest.Private:
	default:
		return invalid("access", "access is neither open nor private", "Leave it out for open.")
	}
	if b.RoomID != "" && !nest.IsID(b.RoomID) {
		return invalid("room_id", "room_id is not a lower-case UUID", "Use a fresh UUID, the same as the event's d tag.")
	}
	if b.StartsAt < 0 || b.StartsAt > math.MaxInt64/2 {
		return invalid("starts_at", "starts_at is no time in unix milliseconds", "Leave it out to start now.")
	}
	return b.Event.verify()
}

// PermissionsBody is the body of POST /{id}/permissions. A missing field says nothing.
type PermissionsBody struct {
	Participant string `json:"participant" doc:"64-hex public key" pattern:"^[0-9a-f]{64}$"`
	CanPublish  *bool  `json:"can_publish,omitempty" doc:"On stage or not"`
	Mute        *bool  `json:"mute_microphone,omitempty" doc:"true mutes what is published now, once; false does nothing"`
	IsAdmin     *bool  `json:"is_admin,omitempty" doc:"Moderator or not; the host's to say"`
}

func (b *PermissionsBody) validate() error {
	if !nest.IsPubkey(b.Participant) {
		return invalid("participant", "participant is not a 64-digit lower-case hex public key", "Send the person's pubkey in hex, not as npub.")
	}
	return nil
}

// RestartBody is the body of POST /{id}/restart.
type RestartBody struct {
	Force bool   `json:"force,omitempty" doc:"A fresh LiveKit session even while live"`
	Event *Event `json:"event,omitempty" doc:"The signed space of a nest this server lost"`
}

func (b *RestartBody) validate() error { return b.Event.verify() }

// HandBody is the body of POST /{id}/hand.
type HandBody struct {
	Raised      *bool  `json:"raised" required:"true" nullable:"false"`
	Participant string `json:"participant,omitempty" doc:"Whose hand; moderators lower others'"`
}

func (b *HandBody) validate() error {
	if b.Raised == nil {
		return invalid("raised", "raised is missing", "Send true or false.")
	}
	return nil
}

// RemoveBody is the optional body of DELETE /{id}/participants/{identity}.
type RemoveBody struct {
	Ban bool `json:"ban,omitempty" doc:"Also keep the key out until the ban is lifted"`
}

func (b *RemoveBody) validate() error { return nil }

// InviteBody is the optional body of POST /{id}/invites.
type InviteBody struct {
	ExpiresAt int64 `json:"expires_at,omitempty" doc:"Unix ms; absent: never" minimum:"0"`
	MaxUses   int64 `json:"max_uses,omitempty" doc:"How many people it lets in; absent: without limit" minimum:"0"`
}

func (b *InviteBody) validate() error { return nil }

// SpaceBody is the body of PUT /{id}/space.
type SpaceBody struct {
	Event *Event `json:"event" required:"true" doc:"The signed space (kind 30312)"`
}

func (b *SpaceBody) validate() error {
	if b.Event == nil {
		return invalid("event", "event is missing", "Send the signed space as event.")
	}
	return b.Event.verify()
}

// Event is a signed Nostr event in a body. Decoding it is strict: all seven fields of NIP-01.
type Event nest.Event

// UnmarshalJSON refuses with code invalid_event.
func (e *Event) UnmarshalJSON(data []byte) error {
	parsed, err := nip.Parse(data)
	if err != nil {
		return err
	}
	*e = Event(parsed)
	return nil
}

// verify checks the signature, because the service takes verified events only; no event is fine.
func (e *Event) verify() error {
	if e == nil {
		return nil
	}
	if err := nip.Verify(nest.Event(*e)); err != nil {
		return err
	}
	hasNUL := strings.ContainsRune(e.Content, 0)
	for _, tag := range e.Tags {
		hasNUL = hasNUL || strings.ContainsRune(strings.Join(tag, ""), 0)
	}
	if hasNUL {
		return &nest.Error{Code: nest.CodeInvalidEvent, Field: "event", Message: "The event contains a NUL character", Hint: "Sign it without."}
	}
	return nil
}

// domain is the event as the service takes it; nil stays nil.
func (e *Event) domain() *nest.Event { return (*nest.Event)(e) }
