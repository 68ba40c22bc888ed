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
	Event    *Event   `json:"event,omitempty" doc:"The signed space (kind 30312), published with the nest"`
	RoomID   string   `json:"room_id,omitempty" doc:"Only with event: the same as its d tag, which is the default"`
	Access   string   `json:"access,omitempty" enum:"open,private"`
	Guests   *bool    `json:"guests,omitempty" doc:"Whether guests may listen; default true"`
	StartsAt int64    `json:"starts_at,omitempty" doc:"Unix ms; a time in the future plans the nest" minimum:"0"`
}

func (b *CreateBody) validate() error {
	if len(b.Relays) > nest.RelaysMax {
		message := fmt.Sprintf("There are %d relays, more than %d", len(b.Relays), nest.RelaysMax)
		return invalid("relays", message, "Send fewer relays.")
	}
	for i, raw := range b.Relays {
		url, err := nip.RelayURL(raw)
		if err != nil {
			message := fmt.Sprintf("relays[%d], %.100q, is not a ws:// or wss:// URL", i, raw)
			return invalid("relays", message, "Correct it or leave it out.")
		}
		b.Relays[i] = url
	}
	switch nest.Access(b.Access) {
	case "", nest.Open, nest.Private:
	default:
		return invalid("access", "access is neither open nor private", "Leave it out for an open nest.")
	}
	if b.RoomID != "" && !nest.IsID(b.RoomID) {
		const hint = "Use a new UUID, the same as in the event's d tag."
		return invalid("room_id", "room_id is not a lower-case UUID", hint)
	}
	if b.StartsAt < 0 || b.StartsAt > math.MaxInt64/2 {
		return invalid("starts_at", "starts_at is not a time in unix milliseconds", "Leave it out to start now.")
	}
	return b.Event.verify()
}

// PermissionsBody is the body of POST /{id}/permissions. A missing field changes nothing.
type PermissionsBody struct {
	Participant string `json:"participant" doc:"64-hex public key" pattern:"^[0-9a-f]{64}$"`
	CanPublish  *bool  `json:"can_publish,omitempty" doc:"On stage or not"`
	Mute        *bool  `json:"mute_microphone,omitempty" doc:"true mutes the microphone once; false does nothing"`
	IsAdmin     *bool  `json:"is_admin,omitempty" doc:"Moderator or not; only the host may change it"`
}

func (b *PermissionsBody) validate() error {
	if !nest.IsPubkey(b.Participant) {
		const message = "participant is not a public key of 64 lower-case hex digits"
		return invalid("participant", message, "Send the public key in hex, not as npub.")
	}
	return nil
}

// RestartBody is the body of POST /{id}/restart.
type RestartBody struct {
	Force bool   `json:"force,omitempty" doc:"Renew the LiveKit session of a live nest, which disconnects everyone"`
	Event *Event `json:"event,omitempty" doc:"The signed space of a nest that this server does not have"`
}

func (b *RestartBody) validate() error { return b.Event.verify() }

// HandBody is the body of POST /{id}/hand.
type HandBody struct {
	Raised      *bool  `json:"raised" required:"true" nullable:"false"`
	Participant string `json:"participant,omitempty" doc:"Whose hand; default: the caller's"`
}

func (b *HandBody) validate() error {
	if b.Raised == nil {
		return invalid("raised", "raised is missing", "Send true or false.")
	}
	return nil
}

// RemoveBody is the optional body of DELETE /{id}/participants/{identity}.
type RemoveBody struct {
	Ban bool `json:"ban,omitempty" doc:"Also ban the key until the ban is lifted"`
}

func (b *RemoveBody) validate() error { return nil }

// InviteBody is the optional body of POST /{id}/invites.
type InviteBody struct {
	ExpiresAt int64 `json:"expires_at,omitempty" doc:"Unix ms; absent: never" minimum:"0"`
	MaxUses   int64 `json:"max_uses,omitempty" doc:"How many users it admits; absent: no limit" minimum:"0"`
}

func (b *InviteBody) validate() error { return nil }

// SpaceBody is the body of PUT /{id}/space.
type SpaceBody struct {
	Event *Event `json:"event" required:"true" doc:"The signed space (kind 30312)"`
}

func (b *SpaceBody) validate() error {
	if b.Event == nil {
		return invalid("event", "event is missing", "Put the signed space event into the field `event`.")
	}
	return b.Event.verify()
}

// Event is a signed Nostr event in a body. It needs all seven fields of NIP-01.
type Event nest.Event

// UnmarshalJSON refuses an invalid event with CodeInvalidEvent.
func (e *Event) UnmarshalJSON(data []byte) error {
	parsed, err := nip.Parse(data)
	if err != nil {
		return err
	}
	*e = Event(parsed)
	return nil
}

// verify checks the signature, because use cases expect verified events. A nil event is valid.
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
		return &nest.Error{
			Code:    nest.CodeInvalidEvent,
			Field:   "event",
			Message: "The event contains a NUL character",
			Hint:    "Remove it and sign the event again.",
		}
	}
	return nil
}

// domain converts the event for a use case. Nil stays nil.
func (e *Event) domain() *nest.Event { return (*nest.Event)(e) }
