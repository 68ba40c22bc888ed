package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"nests/internal/nest"
)

// partTime bounds one part's check: an orchestrator asks /ready every few seconds.
const partTime = 2 * time.Second

// health says that the process lives, and nothing about its neighbours.
func (s *Server) health(x *exchange) error {
	return x.json(http.StatusOK, HealthBody{Status: "healthy", Version: s.Config.Version, ServerTime: s.Now().UnixMilli()})
}

// ready says which of the parts is not; why is in the log, because addresses are nobody's business here.
func (s *Server) ready(x *exchange) error {
	ctx, cancel := context.WithTimeout(x.r.Context(), partTime)
	defer cancel()
	answers := make([]chan error, len(s.Parts))
	for i, part := range s.Parts {
		answers[i] = make(chan error, 1)
		go func() { answers[i] <- part.Check(ctx) }()
	}
	body := ReadyBody{Status: "ready", Parts: map[string]string{}}
	for i, part := range s.Parts {
		err := wait(ctx, answers[i])
		body.Parts[part.Name] = "ok"
		if err != nil {
			body.Status, body.Parts[part.Name] = "not ready", "failing"
			x.log.WarnContext(x.r.Context(), "part not ready", "step", part.Name, "code", nest.CodeOf(err), "err", err)
		}
	}
	if body.Status == "ready" {
		return x.json(http.StatusOK, body)
	}
	body.Error, body.Code = "The server is not ready", string(nest.CodeNotReady)
	body.RequestID, body.RetryAfter = RequestID(x.r.Context()), 2
	body.Hint = "Parts names what is failing; the log has the cause under the same request_id."
	x.w.Header().Set("Retry-After", strconv.Itoa(body.RetryAfter))
	return x.json(http.StatusServiceUnavailable, body)
}

// wait prefers an answer to the time limit, so that a part that failed in time is told with its own words.
func wait(ctx context.Context, answer <-chan error) error {
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-answer:
		return err
	default:
		return errors.Join(errNoAnswer, ctx.Err())
	}
}

var errNoAnswer = errors.New("no answer in time")
