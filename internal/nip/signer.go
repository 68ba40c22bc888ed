package nip

import "nests/internal/nest"

// Signer signs with one key. It implements nest.Signer.
type Signer struct {
	Secret string // hex
	Public string // hex, of Secret
}

var _ nest.Signer = Signer{}

// Pubkey returns the author of the events it signs.
func (s Signer) Pubkey() string { return s.Public }

// Sign fills in author, id and signature of e.
func (s Signer) Sign(e *nest.Event) error { return Sign(s.Secret, e) }
