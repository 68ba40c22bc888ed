package nip

import (
	"errors"

	"fiatjaf.com/nostr"

	"nests/internal/nest"
)

var errSecret = errors.New("not a secret key of 64 lower-case hex digits")

// NewKey returns a new secret key as hex.
func NewKey() string { return nostr.Generate().Hex() }

// PublicKey returns the hex public key of a hex secret key.
func PublicKey(secret string) (string, error) {
	key, err := secretKey(secret)
	if err != nil {
		return "", err
	}
	return key.Public().Hex(), nil
}

// Sign fills in the author, the id and the signature of e.
func Sign(secret string, e *nest.Event) error {
	key, err := secretKey(secret)
	if err != nil {
		return err
	}
	if err := checkBounds(*e); err != nil {
		return invalidEvent(err)
	}
	n := nostr.Event{CreatedAt: nostr.Timestamp(e.CreatedAt), Kind: nostr.Kind(e.Kind), Content: e.Content}
	n.Tags = make(nostr.Tags, len(e.Tags))
	for i, tag := range e.Tags {
		n.Tags[i] = tag
	}
	if err := n.Sign(key); err != nil {
		return err
	}
	*e = fromNostr(n)
	return nil
}

// secretKey parses a secret key. Its errors never contain the input, because errors are logged.
func secretKey(secret string) (nostr.SecretKey, error) {
	var key nostr.SecretKey
	if !decodeHex(key[:], secret) || key == (nostr.SecretKey{}) {
		return key, errSecret
	}
	return key, nil
}
