package media

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/livekit/protocol/auth"
	"github.com/livekit/protocol/livekit"
	"github.com/twitchtv/twirp"

	"nests/internal/nest"
)

const (
	callTimeout = 3 * time.Second       // every call to LiveKit; it answers in about a millisecond
	gonePoll    = 25 * time.Millisecond // how often EndRoom looks whether the room is gone
	callTTL     = time.Minute           // life of the tokens for the calls
)

// Client asks LiveKit's room service. It implements nest.RoomsClient; every error is CodeMediaUnavailable.
type Client struct {
	URL         string // http, https, ws or wss; a path before /twirp is kept
	Key, Secret string
	HTTP        *http.Client // nil: http.DefaultClient

	endings endings
}

var _ nest.RoomsClient = (*Client)(nil)

// Refused says whether err means that LiveKit answered and does not accept our key.
func Refused(err error) bool {
	return is(err, twirp.Unauthenticated) || is(err, twirp.PermissionDenied)
}

func is(err error, code twirp.ErrorCode) bool {
	var answer twirp.Error
	return errors.As(err, &answer) && answer.Code() == code
}

// do runs one call with its time limit and a token with that grant and nothing more.
func do[A any](ctx context.Context, c *Client, grant auth.VideoGrant, call func(context.Context, livekit.RoomService) (A, error)) (A, error) {
	var zero A
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	token, err := auth.NewAccessToken(c.Key, c.Secret).SetVideoGrant(&grant).SetValidFor(callTTL).ToJWT()
	if err != nil {
		return zero, nest.MediaUnavailable(err)
	}
	ctx, err = twirp.WithHTTPRequestHeaders(ctx, http.Header{"Authorization": {"Bearer " + token}})
	if err != nil {
		return zero, nest.MediaUnavailable(err)
	}
	client := c.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	answer, err := call(ctx, livekit.NewRoomServiceProtobufClient(httpURL(c.URL), client))
	if err != nil {
		return zero, nest.MediaUnavailable(err)
	}
	return answer, nil
}

// httpURL turns the WebSocket form of a LiveKit URL, which LiveKit's own tools print, into the other.
func httpURL(base string) string {
	for _, scheme := range [][2]string{{"ws://", "http://"}, {"wss://", "https://"}} {
		if rest, ok := strings.CutPrefix(base, scheme[0]); ok {
			base = scheme[1] + rest
		}
	}
	return strings.TrimRight(base, "/")
}

// at is the URL of a path of LiveKit.
func (c *Client) at(path string) (*url.URL, error) {
	u, err := url.Parse(httpURL(c.URL) + path)
	if err == nil && u.Host == "" {
		err = fmt.Errorf("livekit URL %q has no host", c.URL)
	}
	return u, err
}

// fine makes success of an answer that the thing is not there.
func fine(err error) error {
	if is(err, twirp.NotFound) {
		return nil
	}
	return err
}
