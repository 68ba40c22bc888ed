package nest

import (
	"errors"
	"time"
)

// Error is a refusal with its cause and its remedy. All fields but Err may be shown to users; Err is for the log.
type Error struct {
	Code       Code
	Message    string        // one plain sentence
	Hint       string        // what to do about it
	RetryAfter time.Duration // 0: a retry does not help
	Field      string        // the field of bad input
	Nest       *Nest         // the nest, when the caller may see its title, host and times
	Err        error
}

func (e *Error) Error() string {
	if e.Err != nil {
		return string(e.Code) + ": " + e.Message + ": " + e.Err.Error()
	}
	return string(e.Code) + ": " + e.Message
}

func (e *Error) Unwrap() error { return e.Err }

// Is matches errors of the same code, so that errors.Is(err, nest.ErrNotFound) works on every refusal.
func (e *Error) Is(target error) bool {
	var t *Error
	return errors.As(target, &t) && t.Code == e.Code
}

// CodeOf is the code in err's chain, or "" when it is not a refusal.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// ErrNotFound is an unknown nest. Published clients compare the message, so it must not change.
var ErrNotFound = &Error{Code: CodeNotFound, Message: "Room not found",
	Hint: "Check the id against the nest's Nostr event, and that its service tag names this server."}

// ErrNoRow is a Tx's error for a missing row.
var ErrNoRow = errors.New("no such row")

// ErrClosing is the cause in the refusal of an earlier generation's LiveKit room. The loop ends that room within
// seconds.
var ErrClosing = errors.New("the room of the last session is still closing")

// ended includes the facts of a public nest, but not of a private one.
func ended(n Nest) *Error {
	e := &Error{Code: CodeEnded, Message: "This nest has ended", Hint: "The host can open it again with Restart nest."}
	if n.Access != Private {
		e.Nest = &n
	}
	return e
}

func notStarted(n Nest) *Error {
	return &Error{Code: CodeNotStarted, Message: "This nest has not started yet", Nest: &n,
		Hint: "Come back at the start time; the host opens it with Go live."}
}

func errPrivate() *Error {
	return &Error{Code: CodePrivate, Message: "This nest is private", Hint: "Ask the host for access or an invite."}
}

func errNoIdentity() *Error { return forbidden("This identity is neither a key nor a guest") }

// notPubkey is the message about a value that must be a public key.
const notPubkey = "This is not a 64-digit hex public key"

func forbidden(message string) *Error {
	return &Error{Code: CodeForbidden, Message: message, Hint: "Ask the host of this nest."}
}

func invalid(field, message, hint string) *Error {
	return &Error{Code: Code("invalid_" + field), Field: field, Message: message, Hint: hint}
}

func invalidEvent(message, hint string) *Error {
	return &Error{Code: CodeInvalidEvent, Field: "event", Message: message, Hint: hint}
}

// MediaUnavailable is the refusal while LiveKit does not respond. It never means that a nest is absent.
func MediaUnavailable(err error) *Error {
	return &Error{
		Code:       CodeMediaUnavailable,
		Message:    "The media server does not respond",
		Hint:       "Try again in a moment. The nest stays. The cause is in the log under component=livekit.",
		RetryAfter: 2 * time.Second,
		Err:        err,
	}
}

// StoreUnavailable is the refusal while the database cannot be read or written.
func StoreUnavailable(err error) *Error {
	return &Error{
		Code:       CodeStoreUnavailable,
		Message:    "The server's database does not respond",
		Hint:       "Try again in a moment. The cause is in the server's log under component=store.",
		RetryAfter: 2 * time.Second,
		Err:        err,
	}
}
