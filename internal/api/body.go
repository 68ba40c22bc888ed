package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"nests/internal/nest"
)

// bodyMax bounds what we read of a request, a signed event inside included.
const bodyMax = 64 << 10

// bodyTime bounds how long a body may trickle in: the server itself has no read time limit.
const bodyTime = 15 * time.Second

// bodyLimit is what a body may take, and what is said of a larger one.
type bodyLimit struct {
	bytes         int64
	time          time.Duration
	message, hint string
}

// plainBody is the limit of every call but those that take a file.
var plainBody = bodyLimit{bodyMax, bodyTime, "The request's body is larger than 64 kB", "Send less; no call needs more."}

// readBody reads the whole body: NIP-98 may speak of its hash on any method.
func readBody(w http.ResponseWriter, r *http.Request, limit bodyLimit) ([]byte, error) {
	if r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0 {
		return nil, nil
	}
	if r.ContentLength > limit.bytes {
		w.Header().Set("Connection", "close")
		return nil, limit.over()
	}
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(limit.time)) // unsupported by test recorders only; the socket's clock is the real one
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit.bytes))
	_ = control.SetReadDeadline(time.Time{})
	if _, over := errors.AsType[*http.MaxBytesError](err); over {
		return nil, limit.over()
	}
	if err != nil {
		return nil, &nest.Error{Code: nest.CodeInvalidBody, Message: "The request's body did not arrive whole", Hint: "Send it again."}
	}
	return body, nil
}

func (l bodyLimit) over() error {
	return &nest.Error{Code: nest.CodeTooLarge, Message: l.message, Hint: l.hint}
}

// validator is a wire type that knows what its fields may hold.
type validator interface{ validate() error }

// decode reads the body as a JSON object into v and validates it. Unknown fields are let pass, because clients in the field
// send extras; a wrong type is refused by the field's name. An empty body is an empty object.
func (x *exchange) decode(v validator) error {
	err := x.read(v)
	if err != nil {
		x.step = "decode"
	}
	return err
}

func (x *exchange) read(v validator) error {
	body := bytes.TrimSpace(x.body)
	if len(body) == 0 {
		body = []byte("{}")
	}
	if body[0] != '{' {
		return invalidBody("The body is not a JSON object")
	}
	if err := json.Unmarshal(body, v); err != nil {
		if mistyped, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			field, _, _ := strings.Cut(mistyped.Field, ".")
			return invalid(field, "The field "+field+" cannot be a "+mistyped.Value, "See /api/docs for its type.")
		}
		if refusal, ok := errors.AsType[*nest.Error](err); ok {
			return refusal
		}
		return invalidBody("The body is not valid JSON")
	}
	return v.validate()
}

func invalidBody(message string) error {
	return &nest.Error{Code: nest.CodeInvalidBody, Message: message, Hint: "Send one JSON object, or nothing."}
}
