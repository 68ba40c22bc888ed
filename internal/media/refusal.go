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

const defaultRetryAfter = 5 * time.Second

// refusal is the gate's own answer in place of LiveKit's.
type refusal struct {
	Error      string    `json:"error"`
	Code       nest.Code `json:"code"`
	Hint       string    `json:"hint"`
	RequestID  string    `json:"request_id,omitempty"`
	RetryAfter int       `json:"retry_after,omitempty"` // seconds

	status int
	// For the log only.
	nest, identity string
	err            error
}

// tokenRefusal converts an error of Tokens.Verify to a refusal.
func tokenRefusal(err error) refusal {
	if errors.Is(err, ErrTokenExpired) {
		return refusal{
			status: http.StatusUnauthorized,
			Code:   nest.CodeTokenExpired,
			Error:  "The token has expired",
			Hint:   "Join again to get a new token.",
		}
	}
	return refusal{
		status: http.StatusUnauthorized,
		Code:   nest.CodeTokenInvalid,
		Error:  "The token is missing or was not issued by this server",
		Hint:   "Join the nest to get a token, and connect to the endpoint that comes with it.",
	}
}

// domainRefusal converts an error of package nest to a refusal: 503 if a retry can help, else 403. Any other error
// counts as an unavailable store. The status is never 404, which livekit-client retries without end.
func domainRefusal(err error, room, identity string) refusal {
	var cause *nest.Error
	if !errors.As(err, &cause) {
		cause = nest.StoreUnavailable(err)
	}
	answer := refusal{
		status:   http.StatusForbidden,
		Error:    cause.Message,
		Code:     cause.Code,
		Hint:     cause.Hint,
		nest:     room,
		identity: identity,
	}
	switch cause.Code {
	case nest.CodeMediaUnavailable, nest.CodeStoreUnavailable, nest.CodeFull:
		answer.status = http.StatusServiceUnavailable
		answer.err = err
		wait := cause.RetryAfter
		if wait <= 0 {
			wait = defaultRetryAfter
		}
		answer.RetryAfter = int(math.Ceil(wait.Seconds()))
	}
	return answer
}

// refuse writes and logs the answer. Neither contains the query or the token.
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
	if err != nil { // impossible: the bodies are strings and numbers
		status, text = http.StatusInternalServerError, []byte("{}")
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(text) // fails if the client is gone
}
