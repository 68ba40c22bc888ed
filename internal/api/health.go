package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"nests/internal/nest"
)

// partTimeout bounds the check of one part: an orchestrator requests /ready every few seconds.
const partTimeout = 2 * time.Second

const readyRetry = 2 // seconds

// health reports that the process runs. It checks no other part.
func (s *Server) health(x *exchange) error {
	return x.json(http.StatusOK, HealthBody{
		Status:     "healthy",
		Version:    s.Config.Version,
		ServerTime: s.Now().UnixMilli(),
	})
}

// ready reports which parts fail. The errors are logged and not returned, because they can contain internal addresses.
func (s *Server) ready(x *exchange) error {
	ctx, cancel := context.WithTimeout(x.r.Context(), partTimeout)
	defer cancel()
	results := make([]chan error, len(s.Parts))
	for i, part := range s.Parts {
		results[i] = make(chan error, 1)
		go func() { results[i] <- part.Check(ctx) }()
	}
	body := ReadyBody{Status: "ready", Parts: map[string]string{}}
	for i, part := range s.Parts {
		err := waitFor(ctx, results[i])
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
	body.RequestID, body.RetryAfter = RequestID(x.r.Context()), readyRetry
	body.Hint = "The field parts shows which part fails. Search the server's log for the request_id to find the cause."
	x.w.Header().Set("Retry-After", strconv.Itoa(readyRetry))
	return x.json(http.StatusServiceUnavailable, body)
}

// waitFor returns the result, also when it arrives together with the timeout: the part's own error says more.
func waitFor(ctx context.Context, result <-chan error) error {
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-result:
		return err
	default:
		return errors.Join(errPartTimeout, ctx.Err())
	}
}

var errPartTimeout = errors.New("no result in time")
