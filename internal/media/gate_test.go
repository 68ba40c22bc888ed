package media_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/livekit/protocol/auth"
	"github.com/twitchtv/twirp"

	"nests/internal/media"
	"nests/internal/nest"
	"nests/internal/nesttest"
)

// answer is the answer to a request without WebSocket, which livekit-client sends to learn why a connection failed.
type answer struct {
	status int
	header http.Header
	text   string
	body   struct {
		Error, Code, Hint string
		RequestID         string `json:"request_id"`
		RetryAfter        int    `json:"retry_after"`
	}
}

func (s *rig) request(method, path string, header http.Header) answer {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.server.URL+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	a := answer{status: res.StatusCode, header: res.Header, text: string(text)}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(text, &a.body); err != nil {
			s.t.Fatal(err)
		}
	}
	return a
}

// allowsAllOrigins returns whether the answer has exactly one CORS header, and whether it is for all origins.
func (a answer) allowsAllOrigins() bool {
	return slices.Equal(a.header.Values("Access-Control-Allow-Origin"), []string{"*"})
}

func refusalWith(code nest.Code) error { return &nest.Error{Code: code, Message: "m", Hint: "h"} }

func TestGateRefusals(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		refusal    error
		token      func(*rig) string
		status     int
		code       string
		retryAfter string
	}{
		{name: "unknown nest", refusal: nest.ErrNotFound, status: 403, code: "nest_not_found"},
		{name: "ended", refusal: refusalWith(nest.CodeEnded), status: 403, code: "nest_ended"},
		{name: "banned", refusal: refusalWith(nest.CodeBanned), status: 403, code: "banned"},
		{name: "full", refusal: refusalWith(nest.CodeFull), status: 503, code: "nest_full", retryAfter: "5"},
		{
			name:       "store unavailable",
			refusal:    nest.StoreUnavailable(errors.New("disk")),
			status:     503,
			code:       "store_unavailable",
			retryAfter: "2",
		},
		{
			name:       "an error without a code",
			refusal:    errors.New("boom"),
			status:     503,
			code:       "store_unavailable",
			retryAfter: "2",
		},
		{
			name:   "no token",
			token:  func(*rig) string { return "" },
			status: 401,
			code:   "auth_token_invalid",
		},
		{
			name:   "malformed token",
			token:  func(*rig) string { return "eyJunk.junk.junk" },
			status: 401,
			code:   "auth_token_invalid",
		},
		{
			name:   "expired token",
			token:  func(s *rig) string { return s.sign(nesttest.LiveKitSecret, -2*time.Minute) },
			status: 401,
			code:   "auth_token_expired",
		},
		{
			name:   "token of another key",
			token:  func(s *rig) string { return s.sign(otherSecret, time.Minute) },
			status: 401,
			code:   "auth_token_invalid",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newRig(t)
			s.admitter.refuse(tt.refusal)
			token := s.token(newKey(), false)
			if tt.token != nil {
				token = tt.token(s)
			}
			for _, path := range []string{
				"/rtc", "/rtc/validate", "/rtc/v1", "/rtc/v1/validate", "/livekit/rtc", "/livekit/rtc/v1/validate",
			} {
				inQuery := s.request("GET", path+"?access_token="+token, nil)
				inHeader := s.request("GET", path, http.Header{"Authorization": {"Bearer " + token}})
				for _, a := range []answer{inQuery, inHeader} {
					if a.status != tt.status || a.body.Code != tt.code || a.body.Error == "" ||
						a.body.Hint == "" && tt.refusal == nil || a.body.RequestID != "request-1" ||
						a.header.Get("Retry-After") != tt.retryAfter || !a.allowsAllOrigins() {
						t.Errorf("%s: %d %s %v", path, a.status, a.text, a.header)
					}
				}
			}
			if _, err := nesttest.Connect(t.Context(), s.url(), token); err == nil {
				t.Error("a client connected")
			}
			log := s.log.String()
			if !strings.Contains(log, `"gate refused"`) || !strings.Contains(log, `"code":"`+tt.code+`"`) {
				t.Errorf("log: %s", log)
			}
			if len(s.admitter.recorded) > 0 {
				t.Error("a room was created for a refused client")
			}
		})
	}
}

// isKeyRefusal returns whether LiveKit answered that it does not accept the API key.
func isKeyRefusal(err error) bool {
	answer, ok := errors.AsType[twirp.Error](err)
	return ok && (answer.Code() == twirp.Unauthenticated || answer.Code() == twirp.PermissionDenied)
}

// sign returns a join token for the rig's room that expires after ttl, which may be negative.
func (s *rig) sign(secret string, ttl time.Duration) string {
	s.t.Helper()
	token := auth.NewAccessToken(nesttest.LiveKitKey, secret).SetIdentity(newKey()).
		SetVideoGrant(&auth.VideoGrant{RoomJoin: true, Room: s.room})
	if ttl > 0 {
		text, err := token.SetValidFor(ttl).ToJWT()
		if err != nil {
			s.t.Fatal(err)
		}
		return text
	}
	return expired(s.t, token.GetGrants(), secret, ttl)
}

func TestGateForwardsValidate(t *testing.T) {
	t.Parallel()
	s := newRig(t)
	token := s.token(newKey(), false)
	for _, path := range []string{"/rtc/validate", "/livekit/rtc/validate"} {
		a := s.request("GET", path+"?access_token="+token, http.Header{"Origin": {"https://elsewhere.example"}})
		if a.status != 200 || a.text != "success" || !a.allowsAllOrigins() {
			t.Errorf("%s: %d %q %v", path, a.status, a.text, a.header)
		}
	}
	a := s.request("GET", "/rtc/v1/validate?access_token="+token, nil)
	if a.status != 400 || a.body.Code != "invalid_request" {
		t.Errorf("without a join request: %d %s", a.status, a.text)
	}
	if a := s.request("GET", "/rtc?access_token="+token, nil); a.status != 426 || a.body.Code != "upgrade_required" {
		t.Errorf("without WebSocket: %d %s", a.status, a.text)
	}
	log := s.log.String()
	if strings.Count(log, `"livekit room ensured"`) != 1 || strings.Count(log, `"gate admitted"`) != 3 {
		t.Errorf("log: %s", log)
	}
}

func TestGateServesNoOtherPaths(t *testing.T) {
	t.Parallel()
	s := newRig(t)
	for path, want := range map[string]struct {
		method string
		status int
	}{
		"/rtc/":                                 {"GET", 404},
		"/rtc/v2":                               {"GET", 404},
		"//rtc":                                 {"GET", 404},
		"/livekit":                              {"GET", 404},
		"/livekit/agent":                        {"GET", 404},
		"/livekit/whip/v1":                      {"POST", 404},
		"/twirp/livekit.Egress/ListEgress":      {"POST", 404},
		"/twirp/livekit.SIP/ListSIPTrunk":       {"POST", 404},
		"/twirp/livekit.AgentDispatchService/X": {"POST", 404},
		"/twirp/livekit.RoomService/../livekit.Egress/ListEgress": {"POST", 404},
		"/twirp/livekit.RoomService/%2e%2e/livekit.Egress/StopX":  {"POST", 404},
		"/livekit/livekit/rtc":                 {"GET", 404},
		"/rtc/validate":                        {"POST", 405},
		"/livekit/rtc/v1":                      {"PUT", 405},
		"/twirp/livekit.RoomService/ListRooms": {"GET", 405},
		"/livekit/twirp/livekit.RoomService/ListRooms?access_token": {"DELETE", 405},
	} {
		a := s.requestAtGate(want.method, path)
		if a.status != want.status || a.body.Code == "" || a.body.Hint == "" || !a.allowsAllOrigins() {
			t.Errorf("%s %s: %d %s", want.method, path, a.status, a.text)
		}
	}
	for _, path := range []string{"/rtc/v1/validate", "/livekit/twirp/livekit.RoomService/ListRooms"} {
		a := s.request("OPTIONS", path, http.Header{
			"Origin":                         {"https://elsewhere.example"},
			"Access-Control-Request-Headers": {"authorization"},
		})
		headers := a.header.Get("Access-Control-Allow-Headers")
		if a.status != 204 || !a.allowsAllOrigins() || !strings.Contains(headers, "authorization") {
			t.Errorf("preflight of %s: %d %v", path, a.status, a.header)
		}
	}
}

// requestAtGate sends a request to the gate itself, since a mux would clean the path.
func (s *rig) requestAtGate(method, path string) answer {
	s.t.Helper()
	s.server.Config.Handler = s.gate
	return s.request(method, path, nil)
}

func TestClientTokensCannotCallTheRoomService(t *testing.T) {
	t.Parallel()
	s := newRig(t)
	speaker, _ := s.speaker()
	token := s.token(speaker, true)
	for _, call := range []string{
		"ListRooms", "CreateRoom", "DeleteRoom", "ListParticipants", "RemoveParticipant", "UpdateParticipant",
		"SendData", "UpdateRoomMetadata",
	} {
		for _, path := range []string{
			"/twirp/livekit.RoomService/" + call,
			"/livekit/twirp/livekit.RoomService/" + call + "?access_token=" + token,
		} {
			body := strings.NewReader(`{"room":"` + s.room + `","name":"` + newID() + `"}`)
			req, err := http.NewRequestWithContext(t.Context(), "POST", s.server.URL+path, body)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			if !strings.Contains(path, "access_token") {
				req.Header.Set("Authorization", "Bearer "+token)
			}
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if res.StatusCode != http.StatusUnauthorized {
				t.Errorf("%s answered %d", path, res.StatusCode)
			}
		}
	}
	viaGate := media.Client{URL: s.server.URL + "/livekit", Key: nesttest.LiveKitKey, Secret: nesttest.LiveKitSecret}
	if rooms, err := viaGate.Rooms(t.Context()); err != nil || len(rooms) == 0 {
		t.Errorf("with the API key: %v, %v", rooms, err)
	}
	wrongKey := media.Client{URL: s.server.URL, Key: nesttest.LiveKitKey, Secret: otherSecret}
	if _, err := wrongKey.Rooms(t.Context()); !isKeyRefusal(err) || nest.CodeOf(err) != nest.CodeMediaUnavailable {
		t.Errorf("another key: %v", err)
	}
}

func TestGateWithoutLiveKit(t *testing.T) {
	t.Parallel()
	s := newRigAt(t, "http://127.0.0.1:9")
	a := s.request("GET", "/rtc/validate?access_token="+s.token(newKey(), false), nil)
	if a.status != 503 || a.body.Code != "media_unavailable" || a.body.RetryAfter == 0 ||
		a.header.Get("Retry-After") == "" {
		t.Errorf("%d %s %v", a.status, a.text, a.header)
	}
}
