package config

import (
	"encoding/hex"
	"errors"
	"strings"

	"fiatjaf.com/nostr"
	"fiatjaf.com/nostr/nip19"
)

// curveOrder is the order of secp256k1: a secret key is a number from 1 to curveOrder-1.
const curveOrder = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"

// parseNostrKey reads a secret key. Its errors never quote the key.
func parseNostrKey(s string) (string, error) {
	if strings.HasPrefix(s, "npub1") {
		return "", errors.New("is a public key (npub); the server signs, so it needs the secret one (nsec)")
	}
	if strings.HasPrefix(s, "nsec1") {
		_, v, err := nip19.Decode(s)
		key, ok := v.(nostr.SecretKey)
		if err != nil || !ok {
			return "", errors.New("is a damaged nsec: its checksum is wrong")
		}
		s = key.Hex()
	}
	s = strings.ToLower(s)
	raw, err := hex.DecodeString(s)
	if err != nil || len(raw) != 32 || s >= curveOrder || s == strings.Repeat("0", 64) {
		return "", errors.New("must be a secret key of 64 hex digits, or an nsec")
	}
	return s, nil
}

func parsePubkey(s string) (string, error) {
	if strings.HasPrefix(s, "nsec1") {
		return "", errors.New("is a secret key; give the npub, and treat that secret as leaked")
	}
	if strings.HasPrefix(s, "npub1") {
		_, v, err := nip19.Decode(s)
		key, ok := v.(nostr.PubKey)
		if err != nil || !ok {
			return "", errors.New("is a damaged npub: its checksum is wrong")
		}
		return key.Hex(), nil
	}
	s = strings.ToLower(s)
	if raw, err := hex.DecodeString(s); err != nil || len(raw) != 32 {
		return "", errors.New("must be a public key of 64 hex digits, or an npub")
	}
	return s, nil
}
