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

// statusOf is the HTTP status of a code.
func statusOf(code nest.Code) int {
	switch code {
	case nest.CodeNotFound, nest.CodeEnded, nest.CodePictureNotFound, nest.CodePathNotFound:
		return http.StatusNotFound
	case nest.CodeNotStarted, nest.CodePrivate, nest.CodeBanned, nest.CodeGuests, nest.CodeForbidden,
		nest.CodeCreateRefused, nest.CodeQuota, nest.CodePictureQuota, nest.CodeInviteInvalid, nest.CodeInviteExpired,
		nest.CodeInviteUsed, nest.CodeBlocked, nest.CodeOperatorOnly:
		return http.StatusForbidden
	case nest.CodeFull, nest.CodeMediaUnavailable, nest.CodeStoreUnavailable, nest.CodeHLSUnavailable,
		nest.CodeNotReady:
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

// refuse answers with err. It is the only place where an error becomes an HTTP answer, and the only one that logs it.
func (h *handler) refuse(x *exchange, err error) {
	ctx := x.r.Context()
	if errors.Is(ctx.Err(), context.Canceled) {
		h.log.DebugContext(ctx, "client left", "step", x.step)
		return
	}
	refusal, known := errors.AsType[*nest.Error](err)
	if !known {
		refusal = &nest.Error{
			Code:    nest.CodeInternal,
			Message: "Something went wrong on the server",
			Hint:    "Report the request_id to the operator: the log has the cause.",
		}
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

// logRefusal logs refusals at info, and unexpected errors as errors. Scans of paths and floods of requests, which would
// fill the log, are logged at debug.
func (h *handler) logRefusal(x *exchange, refusal *nest.Error, status int, err error) {
	attrs := []any{"code", refusal.Code, "step", x.step, "nest", x.id, "identity", nest.ShortIdentity(x.actor)}
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
	case refusal.Code == nest.CodePathNotFound, refusal.Code == nest.CodeMethodNotAllowed,
		refusal.Code == nest.CodeTooManyRequests, x.step == stepAddress:
		level = slog.LevelDebug
	}
	h.log.Log(x.r.Context(), level, message, attrs...)
}

func (h *handler) errorBody(ctx context.Context, refusal *nest.Error) ErrorBody {
	body := ErrorBody{
		Error:      refusal.Message,
		Code:       string(refusal.Code),
		Hint:       refusal.Hint,
		RequestID:  RequestID(ctx),
		ServerTime: h.Now().UnixMilli(),
		RetryAfter: retrySeconds(refusal.RetryAfter),
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
			body.HLS = h.Config.hlsURL(n.ID)
		}
	}
	return body
}

// retrySeconds rounds up to whole seconds.
func retrySeconds(wait time.Duration) int {
	return int((wait + time.Second - 1) / time.Second)
}

// invalid refuses the value of a field.
func invalid(field, message, hint string) *nest.Error {
	return &nest.Error{Code: nest.Code("invalid_" + field), Field: field, Message: message, Hint: hint}
}
