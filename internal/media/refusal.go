package media

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"nests/internal/nest"
)

const defaultRetry = 5 * time.Second

// refusal is an answer of ours in place of LiveKit's.
type refusal struct {
	Error      string    `json:"error"`
	Code       nest.Code `json:"code"`
	Hint       string    `json:"hint"`
	RequestID  string    `json:"request_id,omitempty"`
	RetryAfter int       `json:"retry_after,omitempty"` // seconds

	status         int
	nest, identity string // for the log
	err            error  // for the log
}

func unauthenticated(err error) refusal {
	if errors.Is(err, ErrTokenExpired) {
		return refusal{status: http.StatusUnauthorized, Code: nest.CodeTokenExpired, Error: "The token has expired",
			Hint: "Join again for a fresh one."}
	}
	return refusal{status: http.StatusUnauthorized, Code: nest.CodeTokenInvalid, Error: "The token is missing or not from this server",
		Hint: "Join the nest for a token, and connect to the endpoint that came with it."}
}

// refused turns a refusal of the domain into the gate's answer: 503 when waiting helps, else 403, never 404.
func refused(err error, room, identity string) refusal {
	var cause *nest.Error
	if !errors.As(err, &cause) {
		cause = nest.StoreUnavailable(err)
	}
	answer := refusal{status: http.StatusForbidden, Error: cause.Message, Code: cause.Code, Hint: cause.Hint,
		nest: room, identity: identity}
	switch cause.Code {
	case nest.CodeMediaUnavailable, nest.CodeStoreUnavailable, nest.CodeFull:
		answer.status = http.StatusServiceUnavailable
		answer.err = err
		wait := cause.RetryAfter
		if wait <= 0 {
			wait = defaultRetry
		}
		answer.RetryAfter = int(math.Ceil(wait.Seconds()))
	}
	return answer
}

// refuse writes the answer and logs it; the query and the token stay out of both.
func (g *Gate) refuse(w http.ResponseWriter, r *http.Request, answer refusal) {
	answer.RequestID = g.requestID(r.Context())
	log := g.log(r.Context(), answer.nest, answer.identity).With("code", answer.Code, "path", r.URL.Path)
	if answer.err != nil {
		log = log.With("err", scrub(answer.err.Error()))
	}
	log.Info("gate refused")
	if g.OnRefused != nil {
		g.OnRefused(w, answer.Code)
	}
	if answer.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(answer.RetryAfter))
	}
	writeJSON(w, answer.status, answer)
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil { // cannot be: the bodies are strings and numbers
		status, text = http.StatusInternalServerError, []byte("{}")
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(text) // the client may be gone
}
