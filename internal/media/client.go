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
	callTimeout  = 3 * time.Second       // of every call to LiveKit, which answers in about a millisecond
	gonePoll     = 25 * time.Millisecond // how often EndRoom checks whether the room is gone
	callTokenTTL = time.Minute
)

// Client calls LiveKit's room service. It implements nest.RoomsClient. Every error has the code CodeMediaUnavailable.
//
// Concurrency: it is safe for concurrent use. A call blocks for callTimeout at most. In addition, creating a room
// blocks while the same room is deleted, and the reverse; roomLocks orders the two.
type Client struct {
	URL         string // http, https, ws or wss; a path before /twirp is kept
	Key, Secret string
	HTTP        *http.Client // nil: http.DefaultClient

	locks roomLocks
}

var _ nest.RoomsClient = (*Client)(nil)

func hasCode(err error, code twirp.ErrorCode) bool {
	var answer twirp.Error
	return errors.As(err, &answer) && answer.Code() == code
}

// call runs one method of the room service with a time limit and a token that has grant and nothing more.
func call[A any](
	ctx context.Context, c *Client, grant auth.VideoGrant,
	method func(context.Context, livekit.RoomService) (A, error),
) (A, error) {
	var zero A
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	token, err := auth.NewAccessToken(c.Key, c.Secret).SetVideoGrant(&grant).SetValidFor(callTokenTTL).ToJWT()
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
	answer, err := method(ctx, livekit.NewRoomServiceProtobufClient(httpURL(c.URL), client))
	if err != nil {
		return zero, nest.MediaUnavailable(err)
	}
	return answer, nil
}

// httpURL replaces the WebSocket scheme of a LiveKit URL, which LiveKit's own tools print.
func httpURL(base string) string {
	for _, scheme := range [][2]string{{"ws://", "http://"}, {"wss://", "https://"}} {
		if rest, ok := strings.CutPrefix(base, scheme[0]); ok {
			base = scheme[1] + rest
		}
	}
	return strings.TrimRight(base, "/")
}

// urlOf returns the URL of a path of LiveKit.
func (c *Client) urlOf(path string) (*url.URL, error) {
	u, err := url.Parse(httpURL(c.URL) + path)
	if err == nil && u.Host == "" {
		err = fmt.Errorf("livekit URL %q has no host", c.URL)
	}
	return u, err
}

// ignoreNotFound turns the answer that a room or a participant does not exist into success.
func ignoreNotFound(err error) error {
	if hasCode(err, twirp.NotFound) {
		return nil
	}
	return err
}
