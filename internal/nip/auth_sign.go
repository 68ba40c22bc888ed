package nip

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"time"

	"nests/internal/nest"
)

// AuthHeader signs one request without a body (NIP-98). The nonce makes two signatures of the same second different.
func AuthHeader(secret, method, url, nonce string, now time.Time) (http.Header, error) {
	e := nest.Event{
		Kind:      KindAuth,
		CreatedAt: now.Unix(),
		Tags:      [][]string{{"u", url}, {"method", method}, {"nonce", nonce}},
	}
	if err := Sign(secret, &e); err != nil {
		return nil, err
	}
	n, err := ToNostr(e)
	if err != nil {
		return nil, err
	}
	data, err := json.Marshal(n)
	if err != nil {
		return nil, err
	}
	return http.Header{"Authorization": {"Nostr " + base64.StdEncoding.EncodeToString(data)}}, nil
}
