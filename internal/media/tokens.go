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

// MaxTTL bounds every token for a client. LiveKit's own refresh tokens live as long.
const MaxTTL = 10 * time.Minute

// leeway is what LiveKit's verifier grants two clocks.
const leeway = time.Minute

// What is wrong with a client's token. A LiveKit token of another key is as bad as junk.
var (
	ErrTokenExpired = errors.New("token has expired")
	ErrTokenInvalid = errors.New("token is not valid")
)

// Tokens mints and verifies LiveKit tokens (HS256).
type Tokens struct{ Key, Secret string }

// Mint makes the token for a pass, alive for ttl, at most MaxTTL. Everything is said explicitly: what a LiveKit token
// leaves unset is allowed.
func (t Tokens) Mint(pass nest.Admission, ttl time.Duration) (string, error) {
	grant := &auth.VideoGrant{RoomJoin: true, Room: pass.Room.Name}
	grant.SetCanSubscribe(true)
	grant.SetCanPublish(pass.Grant.Publish)
	if pass.Grant.Publish {
		grant.SetCanPublishSources([]livekit.TrackSource{livekit.TrackSource_MICROPHONE})
	}
	grant.SetCanPublishData(false)
	grant.SetCanUpdateOwnMetadata(false)
	return t.sign(pass.Identity, pass.Attributes, grant, ttl)
}

// MintRecorder makes the token of a recorder: it hears, and nobody sees it.
func (t Tokens) MintRecorder(room, identity string, ttl time.Duration) (string, error) {
	grant := &auth.VideoGrant{RoomJoin: true, Room: room, Hidden: true}
	grant.SetCanSubscribe(true)
	grant.SetCanPublish(false)
	grant.SetCanPublishData(false)
	grant.SetCanUpdateOwnMetadata(false)
	return t.sign(identity, nil, grant, ttl)
}

func (t Tokens) sign(identity string, attributes map[string]string, grant *auth.VideoGrant, ttl time.Duration) (string, error) {
	if identity == "" || grant.Room == "" {
		return "", errors.New("mint token: identity and room are required")
	}
	if ttl <= 0 || ttl > MaxTTL { // LiveKit reads 0 as six hours
		ttl = MaxTTL
	}
	token, err := auth.NewAccessToken(t.Key, t.Secret).SetIdentity(identity).SetAttributes(attributes).
		SetVideoGrant(grant).SetValidFor(ttl).ToJWT()
	if err != nil {
		return "", fmt.Errorf("mint token: %w", err)
	}
	return token, nil
}

// Verify checks a client's token and returns whom it lets into which room. Its grants are not looked at: they may be
// older than what holds now. Errors are ErrTokenExpired and ErrTokenInvalid.
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
