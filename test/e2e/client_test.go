package e2e

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"

	"nests/internal/nest"
	"nests/internal/nip"
)

// user is a client with a key of its own. It signs each request by NIP-98.
type user struct {
	t      testing.TB
	s      *server
	secret string
	pubkey string
}

func (s *server) user() *user {
	secret := nip.NewKey()
	pubkey, err := nip.PublicKey(secret)
	if err != nil {
		s.t.Fatal(err)
	}
	s.secrets.add(secret, pubkey) // logs show only the beginning of a public key, too
	return &user{t: s.t, s: s, secret: secret, pubkey: pubkey}
}

// sign returns an event signed by the user.
func (u *user) sign(kind int, at time.Time, content string, tags ...[]string) nest.Event {
	e := nest.Event{Kind: kind, CreatedAt: at.Unix(), Content: content, Tags: tags}
	if err := nip.Sign(u.secret, &e); err != nil {
		u.t.Fatal(err)
	}
	return e
}

// header returns the Authorization header for one request.
func (u *user) header(method, url string) string {
	e := u.sign(27235, time.Now(), "", []string{"u", url}, []string{"method", method},
		[]string{"nonce", uuid.NewString()})
	text, err := json.Marshal(e)
	if err != nil {
		u.t.Fatal(err)
	}
	value := base64.StdEncoding.EncodeToString(text)
	u.s.secrets.add(value)
	return "Nostr " + value
}

// answer is a response of the server.
type answer struct {
	status int
	body   map[string]any
	text   string
	header http.Header
}

func (a answer) str(field string) string { s, _ := a.body[field].(string); return s }

// call sends a signed request, without a body if it is nil. path begins with / and is below the API's base.
func (u *user) call(method, path string, body any) answer {
	u.t.Helper()
	url := u.s.base() + "/api/v1/nests" + path
	return u.s.send(method, url, u.header(method, url), body)
}

// get sends a request without a key.
func (s *server) get(path string) answer {
	s.t.Helper()
	return s.send(http.MethodGet, s.base()+path, "", nil)
}

func (s *server) send(method, url, authorization string, body any) answer {
	s.t.Helper()
	if body == nil {
		return s.sendRaw(method, url, authorization, nil)
	}
	text, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.sendRaw(method, url, authorization, bytes.NewReader(text))
}

// sendRaw sends the body unchanged, and none if it is nil.
func (s *server) sendRaw(method, url, authorization string, body io.Reader) answer {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 15*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		s.t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.read(res)
}

// read reads a response and records the secrets in it, which no log may show.
func (s *server) read(res *http.Response) answer {
	s.t.Helper()
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	a := answer{status: res.StatusCode, text: string(text), header: res.Header}
	if len(text) > 0 {
		json.Unmarshal(text, &a.body)
	}
	s.secrets.add(a.str("token"))
	for _, cookie := range res.Cookies() {
		s.secrets.add(cookie.Value)
	}
	return a
}

// create creates a nest.
func (u *user) create() (id, token string) {
	u.t.Helper()
	a := u.call(http.MethodPut, "", map[string]any{"relays": []string{}, "hls_stream": false})
	if a.status != 200 || a.str("roomId") == "" || a.str("token") == "" {
		u.t.Fatalf("create answered %d %s", a.status, a.text)
	}
	return a.str("roomId"), a.str("token")
}

// join returns a token to join.
func (u *user) join(id string) string {
	u.t.Helper()
	a := u.call(http.MethodGet, "/"+id, nil)
	if a.status != 200 || a.str("token") == "" {
		u.t.Fatalf("join answered %d %s", a.status, a.text)
	}
	return a.str("token")
}

func (s *server) guest(id string) string {
	s.t.Helper()
	a := s.get("/api/v1/nests/" + id + "/guest")
	if a.status != 200 || a.str("token") == "" {
		s.t.Fatalf("guest answered %d %s", a.status, a.text)
	}
	return a.str("token")
}

// mustPermit changes a permission. The change must have an effect.
func (u *user) mustPermit(id, pubkey string, change map[string]any) {
	u.t.Helper()
	body := map[string]any{"participant": pubkey}
	for k, v := range change {
		body[k] = v
	}
	if a := u.call(http.MethodPost, "/"+id+"/permissions", body); a.status != 201 {
		u.t.Fatalf("permissions answered %d %s", a.status, a.text)
	}
}

// expectRefusal checks the status and the code of a refusal, and that it has an error text, a hint and a request id.
func expectRefusal(t testing.TB, a answer, status int, code string) {
	t.Helper()
	if a.status != status || a.str("code") != code || a.str("error") == "" || a.str("hint") == "" ||
		a.str("request_id") == "" {
		t.Errorf("answered %d %s; want %d %s with error, hint and request_id", a.status, a.text, status, code)
	}
}

// decodeRoomID returns the id from the response to a create; "" when it is not a complete 200.
func decodeRoomID(res *http.Response) string {
	defer res.Body.Close()
	var body struct {
		RoomID string `json:"roomId"`
	}
	if res.StatusCode != 200 || json.NewDecoder(res.Body).Decode(&body) != nil {
		return ""
	}
	return body.RoomID
}
