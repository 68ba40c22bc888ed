package api

import "nests/internal/nest"

// hls refuses every request, because this server has no HLS. It applies the nest's policy first, so that an unknown
// nest is 404 here, too.
func (h *handler) hls(x *exchange) error {
	return h.withCaller(x, func(caller nest.Caller) error {
		if _, err := h.Nests.Info(x.r.Context(), x.id, caller); err != nil {
			return err
		}
		return &nest.Error{
			Code:    nest.CodeHLSUnavailable,
			Message: "This server does not offer HLS yet",
			Hint:    "Join the nest in a browser that supports WebRTC.",
		}
	})
}
