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

const (
	// bodyMax bounds a JSON body, including a signed event in it.
	bodyMax = 64 << 10
	// bodyTime bounds how long a body may take to arrive, because the HTTP server sets no read timeout.
	bodyTime = 15 * time.Second
)

// bodyLimit bounds a body, and has the texts of the refusal.
type bodyLimit struct {
	bytes         int64
	time          time.Duration
	message, hint string
}

// jsonBody is the limit of every route that does not take a file.
var jsonBody = bodyLimit{
	bytes:   bodyMax,
	time:    bodyTime,
	message: "The request's body is larger than 64 kB",
	hint:    "Send less: no call needs more.",
}

// readBody reads the whole body. It does so for every method, because NIP-98 can hash a body of any.
func readBody(w http.ResponseWriter, r *http.Request, limit bodyLimit) ([]byte, error) {
	if r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0 {
		return nil, nil
	}
	if r.ContentLength > limit.bytes {
		w.Header().Set("Connection", "close")
		return nil, limit.refusal()
	}
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(limit.time)) // on the socket's clock; fails only in test recorders
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit.bytes))
	_ = control.SetReadDeadline(time.Time{})
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return nil, limit.refusal()
	}
	if err != nil {
		return nil, &nest.Error{
			Code:    nest.CodeInvalidBody,
			Message: "The request's body arrived incomplete",
			Hint:    "Send it again.",
		}
	}
	return body, nil
}

func (l bodyLimit) refusal() error {
	return &nest.Error{Code: nest.CodeTooLarge, Message: l.message, Hint: l.hint}
}

// validator is a wire type that checks the values of its fields.
type validator interface{ validate() error }

// decode reads the body as a JSON object into v and validates it. It ignores unknown fields, because published clients
// send extra ones, and refuses a wrong type with the field's name. An empty body counts as an empty object.
func (x *exchange) decode(v validator) error {
	err := decodeObject(x.body, v)
	if err != nil {
		x.step = stepDecode
	}
	return err
}

func decodeObject(body []byte, v validator) error {
	body = bytes.TrimSpace(body)
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
	return &nest.Error{Code: nest.CodeInvalidBody, Message: message, Hint: "Send one JSON object, or no body."}
}
