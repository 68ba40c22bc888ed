package media_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/livekit/protocol/auth"

	"nests/internal/media"
	"nests/internal/nest"
	"nests/internal/nesttest"
)

var tokens = media.Tokens{Key: nesttest.LiveKitKey, Secret: nesttest.LiveKitSecret}

// The claims of a token are the contract with every client and with LiveKit: nothing may be added unseen.
func TestMint(t *testing.T) {
	for name, tt := range map[string]struct {
		pass nest.Admission
		want map[string]any
		attr any
	}{
		"listener": {
			pass: nest.Admission{Identity: "listener", Room: nest.Room{Name: "room"}},
			want: map[string]any{"room": "room", "roomJoin": true, "canSubscribe": true, "canPublish": false,
				"canPublishData": false, "canUpdateOwnMetadata": false},
		},
		"on stage": {
			pass: nest.Admission{Identity: "speaker", Room: nest.Room{Name: "room"}, Grant: nest.Grant{Publish: true}, Attributes: map[string]string{"role": "host"}},
			want: map[string]any{"room": "room", "roomJoin": true, "canSubscribe": true, "canPublish": true,
				"canPublishSources": []any{"microphone"}, "canPublishData": false, "canUpdateOwnMetadata": false},
			attr: map[string]any{"role": "host"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			token, err := tokens.Mint(tt.pass, time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			claims := decode(t, token)
			if !reflect.DeepEqual(claims["video"], any(tt.want)) || !reflect.DeepEqual(claims["attributes"], tt.attr) {
				t.Errorf("claims %v", claims)
			}
			life := time.Duration(claims["exp"].(float64)-claims["nbf"].(float64)) * time.Second
			if claims["sub"] != tt.pass.Identity || claims["iss"] != nesttest.LiveKitKey || life != media.MaxTTL {
				t.Errorf("claims %v", claims)
			}
			for key := range claims {
				if !strings.Contains(" video attributes exp nbf iat iss sub identity ", " "+key+" ") {
					t.Errorf("unknown claim %s", key)
				}
			}
			if identity, room, err := tokens.Verify(token); err != nil || identity != tt.pass.Identity || room != "room" {
				t.Errorf("verify: %q, %q, %v", identity, room, err)
			}
		})
	}
	for _, pass := range []nest.Admission{{Identity: "x"}, {Room: nest.Room{Name: "x"}}} {
		if token, err := tokens.Mint(pass, time.Minute); err == nil {
			t.Errorf("minted %q for %+v", token, pass)
		}
	}
}

func TestMintRecorder(t *testing.T) {
	token, err := tokens.MintRecorder("room", "recorder-1", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"room": "room", "roomJoin": true, "canSubscribe": true, "canPublish": false, "canPublishData": false,
		"canUpdateOwnMetadata": false, "hidden": true}
	if got := decode(t, token)["video"]; !reflect.DeepEqual(got, any(want)) {
		t.Errorf("claims %v", got)
	}
}

func TestVerify(t *testing.T) {
	join := auth.VideoGrant{RoomJoin: true, Room: "room"}
	sign := func(identity string, grant *auth.VideoGrant, ttl time.Duration) string {
		token := auth.NewAccessToken(nesttest.LiveKitKey, nesttest.LiveKitSecret).SetIdentity(identity)
		if grant != nil {
			token.SetVideoGrant(grant)
		}
		if ttl < 0 {
			return expired(t, token.GetGrants(), nesttest.LiveKitSecret, ttl)
		}
		text, err := token.SetValidFor(ttl).ToJWT()
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	good := sign("who", &join, time.Minute)
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + strings.Split(good, ".")[1] + "."
	for name, tt := range map[string]struct {
		token string
		want  error
	}{
		"good":                 {good, nil},
		"refreshed by LiveKit": {sign("who", &join, media.MaxTTL), nil},
		"empty":                {"", media.ErrTokenInvalid},
		"tampered":             {good[:len(good)-4] + "AAAA", media.ErrTokenInvalid},
		"no algorithm":         {none, media.ErrTokenInvalid},
		"expired":              {sign("who", &join, -2*time.Minute), media.ErrTokenExpired},
		"lives too long":       {sign("who", &join, time.Hour), media.ErrTokenInvalid},
		"no end":               {endless(t, &join), media.ErrTokenInvalid},
		"no grant":             {sign("who", nil, time.Minute), media.ErrTokenInvalid},
		"no room":              {sign("who", &auth.VideoGrant{RoomJoin: true}, time.Minute), media.ErrTokenInvalid},
		"not for joining":      {sign("who", &auth.VideoGrant{RoomAdmin: true, Room: "room"}, time.Minute), media.ErrTokenInvalid},
		"nobody":               {sign("", &join, time.Minute), media.ErrTokenInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := tokens.Verify(tt.token); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

type fullClaims struct {
	jwt.RegisteredClaims
	auth.ClaimGrants
}

func expired(t *testing.T, grants *auth.ClaimGrants, secret string, ttl time.Duration) string {
	t.Helper()
	claims := fullClaims{ClaimGrants: *grants}
	claims.Issuer, claims.Subject = nesttest.LiveKitKey, grants.Identity
	claims.ExpiresAt = jwt.NewNumericDate(time.Now().Add(ttl))
	return signClaims(t, claims, secret)
}

func endless(t *testing.T, grant *auth.VideoGrant) string {
	t.Helper()
	claims := fullClaims{ClaimGrants: auth.ClaimGrants{Identity: "who", Video: grant}}
	claims.Issuer, claims.Subject = nesttest.LiveKitKey, "who"
	return signClaims(t, claims, nesttest.LiveKitSecret)
}

func signClaims(t *testing.T, claims fullClaims, secret string) string {
	t.Helper()
	text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func decode(t *testing.T, token string) map[string]any {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(raw, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}
