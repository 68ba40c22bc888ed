package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"nests/internal/nest"
)

// statusOf is the HTTP status of a code: the one table of contract.md.
func statusOf(code nest.Code) int {
	switch code {
	case nest.CodeNotFound, nest.CodeEnded, nest.CodePictureNotFound, nest.CodePathNotFound:
		return http.StatusNotFound
	case nest.CodeNotStarted, nest.CodePrivate, nest.CodeBanned, nest.CodeGuests, nest.CodeForbidden,
		nest.CodeCreateRefused, nest.CodeQuota, nest.CodePictureQuota, nest.CodeInviteInvalid, nest.CodeInviteExpired, nest.CodeInviteUsed,
		nest.CodeBlocked, nest.CodeOperatorOnly:
		return http.StatusForbidden
	case nest.CodeFull, nest.CodeMediaUnavailable, nest.CodeStoreUnavailable, nest.CodeHLSUnavailable, nest.CodeNotReady:
		return http.StatusServiceUnavailable
	case nest.CodeIDTaken:
		return http.StatusConflict
	case nest.CodeMethodNotAllowed:
		return http.StatusMethodNotAllowed
	case nest.CodeUpgradeRequired:
		return http.StatusUpgradeRequired
	case nest.CodeTooLarge:
		return http.StatusRequestEntityTooLarge
	case nest.CodeTooManyRequests:
		return http.StatusTooManyRequests
	}
	switch {
	case strings.HasPrefix(string(code), "auth_"):
		return http.StatusUnauthorized
	case strings.HasPrefix(string(code), "invalid_"):
		return http.StatusBadRequest
	}
	return http.StatusInternalServerError
}

// refuse answers with err: the only place where an error becomes HTTP. Refusals are logged at info with the step that
// refused, what nobody foresaw at error; nothing else logs them.
func (h *handler) refuse(x *exchange, err error) {
	ctx := x.r.Context()
	if ctx.Err() != nil && errors.Is(ctx.Err(), context.Canceled) {
		h.log.DebugContext(ctx, "client left", "step", x.step)
		return
	}
	refusal, known := errors.AsType[*nest.Error](err)
	if !known {
		refusal = &nest.Error{Code: nest.CodeInternal, Message: "Something went wrong on the server",
			Hint: "Tell the operator the request_id; the log has the cause."}
	}
	status := statusOf(refusal.Code)
	x.w.code = refusal.Code
	h.logRefusal(x, refusal, status, err)
	if seconds := retrySeconds(refusal.RetryAfter); seconds > 0 {
		x.w.Header().Set("Retry-After", strconv.Itoa(seconds))
	}
	if status == http.StatusUnauthorized {
		x.w.Header().Set("WWW-Authenticate", "Nostr")
	}
	_ = x.json(status, h.errorBody(ctx, refusal))
}

// logRefusal writes the one line about it. A line for each scan of our paths, or each of too many requests, would help nobody.
func (h *handler) logRefusal(x *exchange, refusal *nest.Error, status int, err error) {
	attrs := []any{"code", refusal.Code, "step", x.step, "nest", x.id, "identity", prefix(x.actor)}
	if status == http.StatusInternalServerError {
		attrs = append(attrs, "err", err)
	} else if refusal.Err != nil {
		attrs = append(attrs, "err", refusal.Err)
	}
	level, message := slog.LevelInfo, "refused"
	switch {
	case status == http.StatusInternalServerError:
		level, message = slog.LevelError, "request failed"
	case refusal.Code == nest.CodeMediaUnavailable, refusal.Code == nest.CodeStoreUnavailable:
		level = slog.LevelWarn
	case refusal.Code == nest.CodePathNotFound, refusal.Code == nest.CodeMethodNotAllowed, refusal.Code == nest.CodeTooManyRequests, x.step == "address": // the last is told where it is counted
		level = slog.LevelDebug
	}
	h.log.Log(x.r.Context(), level, message, attrs...)
}

func (h *handler) errorBody(ctx context.Context, refusal *nest.Error) ErrorBody {
	body := ErrorBody{
		Error: refusal.Message, Code: string(refusal.Code), Hint: refusal.Hint, RequestID: RequestID(ctx),
		ServerTime: h.Now().UnixMilli(), RetryAfter: retrySeconds(refusal.RetryAfter),
	}
	n := refusal.Nest
	if n == nil {
		return body
	}
	switch refusal.Code {
	case nest.CodeEnded:
		body.Title, body.Host, body.EndedAt, body.Recordings = n.Title, n.Host, n.EndedAt, &[]RecordingBody{}
	case nest.CodeNotStarted:
		body.Title, body.Host, body.StartsAt = n.Title, n.Host, n.StartsAt
	case nest.CodeFull:
		if n.HLS {
			body.HLS = h.Config.hls(n.ID)
		}
	}
	return body
}

func retrySeconds(wait time.Duration) int {
	return int((wait + time.Second - 1) / time.Second)
}

func invalid(field, message, hint string) *nest.Error {
	return &nest.Error{Code: nest.Code("invalid_" + field), Field: field, Message: message, Hint: hint}
}

// prefix is as much of a key or identity as a log may hold.
func prefix(identity string) string {
	if len(identity) > 14 {
		return identity[:14]
	}
	return identity
}
