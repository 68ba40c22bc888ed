package nip

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"fiatjaf.com/nostr"

	"nests/internal/nest"
)

// Bounds of an event from any source. Follow lists are the largest legitimate events.
const (
	MaxEventBytes = 64 << 10 // as JSON
	MaxTags       = 2000
	MaxTagItems   = 100
	maxCreatedAt  = 1 << 36 // seconds; as milliseconds it still fits an int64
)

// Reasons why Verify fails, wrapped in a *nest.Error with code invalid_event.
var (
	ErrShape     = errors.New("malformed event")
	ErrID        = errors.New("id does not match the event")
	ErrSignature = errors.New("signature does not verify")
)

// Parse reads one signed event. All seven fields must be present, with the right types and within bounds. Unknown
// fields are dropped. Parse does not check the signature; Verify does.
func Parse(data []byte) (nest.Event, error) {
	if len(data) > MaxEventBytes {
		return nest.Event{}, invalidEvent(fmt.Errorf("%w: larger than %d bytes", ErrShape, MaxEventBytes))
	}
	var wire struct {
		ID        *string     `json:"id"`
		PubKey    *string     `json:"pubkey"`
		CreatedAt *int64      `json:"created_at"`
		Kind      *int        `json:"kind"`
		Tags      *[][]string `json:"tags"`
		Content   *string     `json:"content"`
		Sig       *string     `json:"sig"`
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	if err := decoder.Decode(&wire); err != nil {
		return nest.Event{}, invalidEvent(fmt.Errorf("%w: not the JSON of an event", ErrShape))
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nest.Event{}, invalidEvent(fmt.Errorf("%w: something follows the event", ErrShape))
	}
	if wire.ID == nil || wire.PubKey == nil || wire.CreatedAt == nil || wire.Kind == nil || wire.Tags == nil ||
		wire.Content == nil || wire.Sig == nil {
		return nest.Event{}, invalidEvent(fmt.Errorf("%w: a field is missing", ErrShape))
	}
	e := nest.Event{ID: *wire.ID, PubKey: *wire.PubKey, CreatedAt: *wire.CreatedAt, Kind: *wire.Kind,
		Tags: *wire.Tags, Content: *wire.Content, Sig: *wire.Sig}
	if _, err := ToNostr(e); err != nil {
		return nest.Event{}, err
	}
	return e, nil
}

// Verify checks the bounds, the id and the signature. nest.Service accepts verified events only.
func Verify(e nest.Event) error {
	n, err := ToNostr(e)
	if err != nil {
		return err
	}
	return verify(n)
}

func verify(n nostr.Event) error {
	if !n.CheckID() {
		return invalidEvent(ErrID)
	}
	if !n.VerifySignature() {
		return invalidEvent(ErrSignature)
	}
	return nil
}

// ToNostr converts to the library's type. It fails for hex that is upper-case or of the wrong length, for numbers out
// of range and for sizes out of bounds: the library would not detect these.
func ToNostr(e nest.Event) (nostr.Event, error) {
	n := nostr.Event{CreatedAt: nostr.Timestamp(e.CreatedAt), Content: e.Content}
	for _, field := range []struct {
		name, value string
		into        []byte
	}{{"id", e.ID, n.ID[:]}, {"pubkey", e.PubKey, n.PubKey[:]}, {"sig", e.Sig, n.Sig[:]}} {
		if !decodeHex(field.into, field.value) {
			return n, invalidEvent(
				fmt.Errorf("%w: %s is not %d lower-case hex digits", ErrShape, field.name, 2*len(field.into)),
			)
		}
	}
	if err := checkBounds(e); err != nil {
		return n, invalidEvent(err)
	}
	n.Kind = nostr.Kind(e.Kind)
	n.Tags = make(nostr.Tags, len(e.Tags))
	for i, tag := range e.Tags {
		n.Tags[i] = tag
	}
	return n, nil
}

// fromNostr converts from the library's type.
func fromNostr(n nostr.Event) nest.Event {
	e := nest.Event{ID: n.ID.Hex(), PubKey: n.PubKey.Hex(), CreatedAt: int64(n.CreatedAt), Kind: int(n.Kind),
		Tags: make([][]string, len(n.Tags)), Content: n.Content, Sig: hex.EncodeToString(n.Sig[:])}
	for i, tag := range n.Tags {
		e.Tags[i] = tag
	}
	return e
}

func checkBounds(e nest.Event) error {
	if e.Kind < 0 || e.Kind > 65535 {
		return fmt.Errorf("%w: kind is not between 0 and 65535", ErrShape)
	}
	if e.CreatedAt < 0 || e.CreatedAt > maxCreatedAt {
		return fmt.Errorf("%w: created_at is no time in seconds", ErrShape)
	}
	if len(e.Tags) > MaxTags {
		return fmt.Errorf("%w: more than %d tags", ErrShape, MaxTags)
	}
	size := len(e.Content)
	for _, tag := range e.Tags {
		if len(tag) > MaxTagItems {
			return fmt.Errorf("%w: more than %d items in a tag", ErrShape, MaxTagItems)
		}
		size += 3
		for _, item := range tag {
			size += len(item) + 3
		}
	}
	if size > MaxEventBytes {
		return fmt.Errorf("%w: larger than %d bytes", ErrShape, MaxEventBytes)
	}
	return nil
}

// decodeHex fills into from lower-case hex of exactly that length. NIP-01 allows no upper case, and two spellings of
// one id would become two rows in the store.
func decodeHex(into []byte, s string) bool {
	if len(s) != 2*len(into) {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	_, err := hex.Decode(into, []byte(s))
	return err == nil
}

func invalidEvent(cause error) *nest.Error {
	return &nest.Error{Code: nest.CodeInvalidEvent, Field: "event", Message: "The event is not valid: " + cause.Error(),
		Hint: "Sign the event again and send it unchanged.", Err: cause}
}
