package media

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"regexp"

	"nests/internal/nest"
)

// serviceBodyMax is above LiveKit's own bounds for metadata.
const serviceBodyMax = 1 << 20

// A method's name and nothing after it: no path of LiveKit's other services can be written this way.
var roomServicePath = regexp.MustCompile(`^/twirp/livekit\.RoomService/[A-Za-z]+$`)

func isRoomService(path string) bool { return roomServicePath.MatchString(path) }

// roomService passes a call of LiveKit's own tools on. LiveKit checks its API-key token; a client's token opens nothing
// there, because ours carry no right over a room.
func (g *Gate) roomService(w http.ResponseWriter, r *http.Request, path string) {
	target, err := g.Client.at(path)
	if err != nil {
		g.refuse(w, r, refused(nest.MediaUnavailable(err), "", ""))
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, serviceBodyMax)
	proxy := httputil.ReverseProxy{
		Rewrite: func(pr *httputil.ProxyRequest) {
			pr.Out.URL = target // without a query: LiveKit would take a token from it
			pr.Out.Host = target.Host
			pr.Out.Header.Del("Cookie")
		},
		Transport: g.dial(),
		ModifyResponse: func(answer *http.Response) error {
			_ = accept(answer) // LiveKit's refusals are JSON of its own and for its own tools
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
	var tooBig *http.MaxBytesError
	if errors.As(err, &tooBig) {
		return refusal{status: http.StatusRequestEntityTooLarge, Code: nest.CodeTooLarge, Error: "The request is too big",
			Hint: "LiveKit's room service takes no more than 1 MB."}
	}
	return refused(nest.MediaUnavailable(err), "", "")
}
