package nip

import (
	"encoding/binary"
	"errors"
	"strconv"
	"strings"

	"fiatjaf.com/nostr"
	"fiatjaf.com/nostr/nip19"
	"github.com/btcsuite/btcd/btcutil/bech32"

	"nests/internal/nest"
)

// Address identifies an addressable event (NIP-01): `kind:pubkey:d`, or an naddr (NIP-19) with relay hints.
type Address struct {
	Kind   int
	Pubkey string
	D      string
	Relays []string
}

const (
	maxBech32 = 4096
	maxTLV    = 255 // one byte holds the length
)

var (
	errAddress = errors.New("not the address of an event")
	errBech32  = errors.New("not a NIP-19 name")
)

// String returns the coordinate `kind:pubkey:d`, without hints.
func (a Address) String() string { return strconv.Itoa(a.Kind) + ":" + a.Pubkey + ":" + a.D }

// Naddr returns the bech32 form, or "" when a part does not fit into one.
func (a Address) Naddr() string {
	var key nostr.PubKey
	if !decodeHex(key[:], a.Pubkey) || a.D == "" || len(a.D) > maxTLV || a.Kind < 0 || a.Kind > 65535 {
		return ""
	}
	relays := make([]string, 0, len(a.Relays))
	for _, relay := range a.Relays {
		if len(relay) <= maxTLV {
			relays = append(relays, relay)
		}
	}
	return nip19.EncodeNaddr(key, nostr.Kind(a.Kind), a.D, relays)
}

// Coordinate returns the coordinate of an naddr in an a tag, or "" when the value is no naddr. Published clients tag
// chat with an naddr, so a query for the coordinate must find those events, too.
func Coordinate(value string) string {
	if !strings.HasPrefix(value, "naddr1") {
		return ""
	}
	a, err := ParseAddress(value)
	if err != nil {
		return ""
	}
	return a.String()
}

// ParseAddress reads the forms that clients use in a tags and links: a coordinate, or an naddr with or without
// `nostr:`.
func ParseAddress(s string) (Address, error) {
	s = strings.TrimSpace(s)
	if len(s) > maxBech32 {
		return Address{}, errAddress
	}
	name := strings.TrimPrefix(strings.ToLower(s), "nostr:")
	if strings.HasPrefix(name, "naddr1") {
		return parseNaddr(name)
	}
	parts := strings.SplitN(s, ":", 3)
	if len(parts) != 3 {
		return Address{}, errAddress
	}
	kind, err := strconv.ParseUint(parts[0], 10, 16)
	if err != nil || !nest.IsPubkey(parts[1]) {
		return Address{}, errAddress
	}
	return Address{Kind: int(kind), Pubkey: parts[1], D: parts[2]}, nil
}

// parseNaddr replaces the library's decoder, which panics on a kind of fewer than four bytes.
func parseNaddr(s string) (Address, error) {
	data, err := decodeBech32("naddr", s)
	if err != nil {
		return Address{}, err
	}
	a := Address{Kind: -1}
	for len(data) >= 2 {
		kind, length := data[0], int(data[1])
		data = data[2:]
		if length > len(data) {
			return Address{}, errAddress
		}
		value := data[:length]
		data = data[length:]
		switch {
		case kind == nip19.TLVDefault:
			a.D = string(value)
		case kind == nip19.TLVRelay:
			if relay, err := RelayURL(string(value)); err == nil && len(a.Relays) < nest.RelaysMax {
				a.Relays = append(a.Relays, relay)
			}
		case kind == nip19.TLVAuthor && length == 32:
			a.Pubkey = nostr.PubKey(value).Hex()
		case kind == nip19.TLVKind && length == 4:
			a.Kind = int(binary.BigEndian.Uint32(value))
		}
	}
	if a.Pubkey == "" || a.Kind < 0 || a.Kind > 65535 {
		return Address{}, errAddress
	}
	return a, nil
}

// Npub returns the bech32 form of a hex public key, or "" for an invalid key.
func Npub(pubkey string) string {
	var key nostr.PubKey
	if !decodeHex(key[:], pubkey) {
		return ""
	}
	return nip19.EncodeNpub(key)
}

// ParsePubkey reads a public key as hex, npub or nprofile, with or without `nostr:`. It returns hex.
func ParsePubkey(s string) (string, error) {
	s = strings.TrimPrefix(strings.ToLower(strings.TrimSpace(s)), "nostr:")
	switch {
	case nest.IsPubkey(s):
		return s, nil
	case len(s) > maxBech32:
		return "", errBech32
	case strings.HasPrefix(s, "npub1"):
		if data, err := decodeBech32("npub", s); err == nil && len(data) == 32 {
			return nostr.PubKey(data).Hex(), nil
		}
	case strings.HasPrefix(s, "nprofile1"):
		data, err := decodeBech32("nprofile", s)
		if err == nil && len(data) >= 34 && data[0] == nip19.TLVDefault && data[1] == 32 {
			return nostr.PubKey(data[2:34]).Hex(), nil
		}
	}
	return "", errBech32
}

func decodeBech32(prefix, s string) ([]byte, error) {
	got, words, err := bech32.DecodeNoLimit(s)
	if err != nil || got != prefix {
		return nil, errBech32
	}
	data, err := bech32.ConvertBits(words, 5, 8, false)
	if err != nil {
		return nil, errBech32
	}
	return data, nil
}

// Address reads the value of an a tag. It returns false when the value is neither a coordinate nor an naddr.
func (Codec) Address(value string) (nest.Address, bool) {
	a, err := ParseAddress(value)
	return nest.Address{Kind: a.Kind, Pubkey: a.Pubkey, D: a.D}, err == nil
}
