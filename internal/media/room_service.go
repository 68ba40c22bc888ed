package media

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"regexp"

	"nests/internal/nest"
)

// serviceBodyMax is in bytes, above LiveKit's own limits for metadata.
const serviceBodyMax = 1 << 20

// The path ends with the method's name, so no form of it leads to another service of LiveKit.
var roomServicePath = regexp.MustCompile(`^/twirp/livekit\.RoomService/[A-Za-z]+$`)

func isRoomService(path string) bool { return roomServicePath.MatchString(path) }

// serveRoomService forwards calls of LiveKit's own tools. LiveKit checks the token, which must be signed with the
// API key and grant the call. The tokens of clients grant none.
func (g *Gate) serveRoomService(w http.ResponseWriter, r *http.Request, path string) {
	target, err := g.Client.urlOf(path)
	if err != nil {
		g.refuse(w, r, domainRefusal(nest.MediaUnavailable(err), "", ""))
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, serviceBodyMax)
	proxy := httputil.ReverseProxy{
		Rewrite: func(pr *httputil.ProxyRequest) {
			pr.Out.URL = target // without the query, where LiveKit would accept a token
			pr.Out.Host = target.Host
			pr.Out.Header.Del("Cookie")
		},
		Transport: g.upstreamTransport(),
		ModifyResponse: func(answer *http.Response) error {
			_ = filterAnswer(answer) // errors stay as they are: LiveKit's tools read them
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			g.refuse(w, r, serviceRefusal(err))
		},
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}
	proxy.ServeHTTP(w, r)
}

func serviceRefusal(err error) refusal {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return refusal{
			status: http.StatusRequestEntityTooLarge,
			Code:   nest.CodeTooLarge,
			Error:  "The request is too large",
			Hint:   "LiveKit's room service accepts at most 1 MB.",
		}
	}
	return domainRefusal(nest.MediaUnavailable(err), "", "")
}
