package media

import (
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/livekit/protocol/auth"
	"github.com/livekit/protocol/livekit"

	"nests/internal/nest"
)

// MaxTTL is the longest life of a client's token. LiveKit's own refresh tokens live as long.
const MaxTTL = 10 * time.Minute

// leeway is the difference between clocks that LiveKit's verifier accepts.
const leeway = time.Minute

// Errors of Verify. A token of another API key is invalid.
var (
	ErrTokenExpired = errors.New("token has expired")
	ErrTokenInvalid = errors.New("token is not valid")
)

// Tokens mints and verifies LiveKit tokens (HS256).
type Tokens struct{ Key, Secret string }

// Mint signs a token with the rights of an admission. It lives for ttl, MaxTTL at most. It sets every right, because
// LiveKit allows what a token leaves unset.
func (t Tokens) Mint(admission nest.Admission, ttl time.Duration) (string, error) {
	grant := &auth.VideoGrant{RoomJoin: true, Room: admission.Room.Name}
	grant.SetCanSubscribe(true)
	grant.SetCanPublish(admission.Grant.Publish)
	if admission.Grant.Publish {
		grant.SetCanPublishSources([]livekit.TrackSource{livekit.TrackSource_MICROPHONE})
	}
	grant.SetCanPublishData(false)
	grant.SetCanUpdateOwnMetadata(false)
	return t.sign(admission.Identity, admission.Attributes, grant, ttl)
}

// MintRecorder signs a token for a recorder, which may subscribe and is hidden from participants.
func (t Tokens) MintRecorder(room, identity string, ttl time.Duration) (string, error) {
	grant := &auth.VideoGrant{RoomJoin: true, Room: room, Hidden: true}
	grant.SetCanSubscribe(true)
	grant.SetCanPublish(false)
	grant.SetCanPublishData(false)
	grant.SetCanUpdateOwnMetadata(false)
	return t.sign(identity, nil, grant, ttl)
}

func (t Tokens) sign(
	identity string, attributes map[string]string, grant *auth.VideoGrant, ttl time.Duration,
) (string, error) {
	if identity == "" || grant.Room == "" {
		return "", errors.New("mint token: identity and room are required")
	}
	if ttl <= 0 || ttl > MaxTTL { // 0 means six hours to LiveKit
		ttl = MaxTTL
	}
	token, err := auth.NewAccessToken(t.Key, t.Secret).SetIdentity(identity).SetAttributes(attributes).
		SetVideoGrant(grant).SetValidFor(ttl).ToJWT()
	if err != nil {
		return "", fmt.Errorf("mint token: %w", err)
	}
	return token, nil
}

// Verify checks a client's token and returns its identity and room. It ignores the rights in the token, which may have
// changed since. Errors are ErrTokenExpired and ErrTokenInvalid.
func (t Tokens) Verify(token string) (identity, room string, err error) {
	parsed, err := auth.ParseAPIToken(token)
	if err != nil || parsed.APIKey() != t.Key {
		return "", "", ErrTokenInvalid
	}
	claims, grants, err := parsed.Verify(t.Secret)
	switch {
	case errors.Is(err, jwt.ErrTokenExpired):
		return "", "", ErrTokenExpired
	case err != nil || claims.ExpiresAt == nil || claims.ExpiresAt.After(time.Now().Add(MaxTTL+leeway)):
		return "", "", ErrTokenInvalid
	case grants.Video == nil || !grants.Video.RoomJoin || grants.Video.Room == "" || grants.Identity == "":
		return "", "", ErrTokenInvalid
	}
	return grants.Identity, grants.Video.Room, nil
}
