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

// The claims of a token are a contract with every client and with LiveKit, so the test names all of them.
func TestMint(t *testing.T) {
	for name, tt := range map[string]struct {
		admission  nest.Admission
		want       map[string]any
		attributes any
	}{
		"listener": {
			admission: nest.Admission{Identity: "listener", Room: nest.Room{Name: "room"}},
			want: map[string]any{"room": "room", "roomJoin": true, "canSubscribe": true, "canPublish": false,
				"canPublishData": false, "canUpdateOwnMetadata": false},
		},
		"on stage": {
			admission: nest.Admission{
				Identity:   "speaker",
				Room:       nest.Room{Name: "room"},
				Grant:      nest.Grant{Publish: true},
				Attributes: map[string]string{"role": "host"},
			},
			want: map[string]any{"room": "room", "roomJoin": true, "canSubscribe": true, "canPublish": true,
				"canPublishSources": []any{"microphone"}, "canPublishData": false, "canUpdateOwnMetadata": false},
			attributes: map[string]any{"role": "host"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			token, err := tokens.Mint(tt.admission, time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			claims := decode(t, token)
			if !reflect.DeepEqual(claims["video"], any(tt.want)) ||
				!reflect.DeepEqual(claims["attributes"], tt.attributes) {
				t.Errorf("claims %v", claims)
			}
			life := time.Duration(claims["exp"].(float64)-claims["nbf"].(float64)) * time.Second
			if claims["sub"] != tt.admission.Identity || claims["iss"] != nesttest.LiveKitKey || life != media.MaxTTL {
				t.Errorf("claims %v", claims)
			}
			for key := range claims {
				if !strings.Contains(" video attributes exp nbf iat iss sub identity ", " "+key+" ") {
					t.Errorf("unknown claim %s", key)
				}
			}
			identity, room, err := tokens.Verify(token)
			if err != nil || identity != tt.admission.Identity || room != "room" {
				t.Errorf("verify: %q, %q, %v", identity, room, err)
			}
		})
	}
	for _, incomplete := range []nest.Admission{{Identity: "x"}, {Room: nest.Room{Name: "x"}}} {
		if token, err := tokens.Mint(incomplete, time.Minute); err == nil {
			t.Errorf("minted %q for %+v", token, incomplete)
		}
	}
}

func TestMintRecorder(t *testing.T) {
	token, err := tokens.MintRecorder("room", "recorder-1", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"room": "room", "roomJoin": true, "canSubscribe": true, "canPublish": false,
		"canPublishData": false, "canUpdateOwnMetadata": false, "hidden": true}
	if got := decode(t, token)["video"]; !reflect.DeepEqual(got, any(want)) {
		t.Errorf("claims %v", got)
	}
}

func TestVerify(t *testing.T) {
	join, admin := auth.VideoGrant{RoomJoin: true, Room: "room"}, auth.VideoGrant{RoomAdmin: true, Room: "room"}
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
	good := sign("ann", &join, time.Minute)
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + strings.Split(good, ".")[1] + "."
	for name, tt := range map[string]struct {
		token string
		want  error
	}{
		"good":                 {good, nil},
		"refreshed by LiveKit": {sign("ann", &join, media.MaxTTL), nil},
		"empty":                {"", media.ErrTokenInvalid},
		"tampered":             {good[:len(good)-4] + "AAAA", media.ErrTokenInvalid},
		"no algorithm":         {none, media.ErrTokenInvalid},
		"expired":              {sign("ann", &join, -2*time.Minute), media.ErrTokenExpired},
		"lives too long":       {sign("ann", &join, time.Hour), media.ErrTokenInvalid},
		"no expiry":            {withoutExpiry(t, &join), media.ErrTokenInvalid},
		"no grant":             {sign("ann", nil, time.Minute), media.ErrTokenInvalid},
		"no room":              {sign("ann", &auth.VideoGrant{RoomJoin: true}, time.Minute), media.ErrTokenInvalid},
		"not for joining":      {sign("ann", &admin, time.Minute), media.ErrTokenInvalid},
		"no identity":          {sign("", &join, time.Minute), media.ErrTokenInvalid},
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

// expired signs a token that expired -ttl ago.
func expired(t *testing.T, grants *auth.ClaimGrants, secret string, ttl time.Duration) string {
	t.Helper()
	claims := fullClaims{ClaimGrants: *grants}
	claims.Issuer, claims.Subject = nesttest.LiveKitKey, grants.Identity
	claims.ExpiresAt = jwt.NewNumericDate(time.Now().Add(ttl))
	return signClaims(t, claims, secret)
}

func withoutExpiry(t *testing.T, grant *auth.VideoGrant) string {
	t.Helper()
	claims := fullClaims{ClaimGrants: auth.ClaimGrants{Identity: "ann", Video: grant}}
	claims.Issuer, claims.Subject = nesttest.LiveKitKey, "ann"
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
