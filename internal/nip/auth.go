package nip

import (
	"encoding/base64"
	"strings"

	"nests/internal/nest"
)

// KindAuth is the kind of an HTTP authentication event (NIP-98).
const KindAuth = 27235

const maxAuthHeader = 16 << 10

// ParseAuth reads the event from an Authorization header: `Nostr <base64>`. The scheme may be in any case; base64 may
// use the standard or the URL alphabet, with or without padding. ParseAuth does not verify the event; CheckAuth does.
func ParseAuth(header string) (nest.Event, error) {
	header = strings.TrimSpace(header)
	if header == "" {
		return nest.Event{}, refuse(
			nest.CodeAuthMissing,
			"This request needs a signed Nostr event in the Authorization header",
			"Send `Authorization: Nostr <base64 of a kind 27235 event>` (NIP-98).",
		)
	}
	if len(header) > maxAuthHeader {
		return nest.Event{}, refuse(
			nest.CodeAuthBase64,
			"The Authorization header is too long",
			"A NIP-98 event is smaller than 1 kB.",
		)
	}
	scheme, encoded, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Nostr") {
		return nest.Event{}, refuse(nest.CodeAuthScheme, "The Authorization header is not of the scheme Nostr",
			"Send `Authorization: Nostr <base64 of a kind 27235 event>` (NIP-98).")
	}
	data, err := decodeBase64(strings.TrimSpace(encoded))
	if err != nil || len(data) == 0 {
		return nest.Event{}, refuse(
			nest.CodeAuthBase64,
			"The text after `Nostr` in the Authorization header is not base64",
			"Encode the event's JSON as base64, standard or URL-safe; padding is optional.",
		)
	}
	e, err := Parse(data)
	if err != nil {
		refusal := refuse(nest.CodeAuthJSON, "The Authorization header does not hold the JSON of an event",
			"Encode the signed event's JSON with all seven fields of NIP-01.")
		refusal.Err = err
		return nest.Event{}, refusal
	}
	return e, nil
}

var urlToStandard = strings.NewReplacer("-", "+", "_", "/")

func decodeBase64(s string) ([]byte, error) {
	return base64.RawStdEncoding.DecodeString(strings.TrimRight(urlToStandard.Replace(s), "="))
}

func refuse(code nest.Code, message, hint string) *nest.Error {
	return &nest.Error{Code: code, Message: message, Hint: hint}
}
