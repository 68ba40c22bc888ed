package nest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"slices"
)

// Invite opens a private nest to whoever brings its secret: each person it lets in gets a place and costs one use.
type Invite struct {
	ID         string
	Nest       string
	SecretHash string // all that is stored of the secret
	CreatedBy  string
	CreatedAt  int64 // unix ms
	ExpiresAt  int64 // unix ms; 0: never
	MaxUses    int64 // 0: without limit
	Uses       int64
}

const (
	invitesMax    = 100 // of one nest
	inviteUsesMax = 100_000
	secretMax     = 100 // bytes of what a caller may call a secret
)

// InviteRequest asks for a new invite.
type InviteRequest struct {
	ExpiresAt int64 // unix ms; 0: never
	MaxUses   int64 // 0: without limit
}

// CreateInvite makes an invite and returns it with its secret, which is told this once. It is for private nests, but may be made
// before a nest turns private.
func (s *Service) CreateInvite(ctx context.Context, id, actor string, r InviteRequest) (Invite, string, error) {
	now := s.now()
	switch {
	case r.ExpiresAt != 0 && r.ExpiresAt <= now:
		return Invite{}, "", invalid("expires_at", "expires_at lies in the past", "Send unix milliseconds ahead of now, or leave it out.")
	case r.MaxUses < 0 || r.MaxUses > inviteUsesMax:
		return Invite{}, "", invalid("max_uses", "max_uses is not between 1 and 100000", "Leave it out for an invite without limit.")
	}
	var random [18]byte
	rand.Read(random[:]) // never fails (crypto/rand)
	secret := base64.RawURLEncoding.EncodeToString(random[:])
	invite := Invite{ID: s.NewID(), Nest: id, SecretHash: secretHash(secret), CreatedBy: actor, CreatedAt: now,
		ExpiresAt: r.ExpiresAt, MaxUses: r.MaxUses}
	err := s.changeInvites(ctx, id, actor, func(tx Tx) error {
		made, err := tx.Invites(id)
		if err == nil && len(made) >= invitesMax {
			err = &Error{Code: CodeQuota, Message: "This nest has as many invites as it may have", Hint: "Revoke some of them first."}
		}
		if err != nil {
			return err
		}
		if err := s.audit(tx, AuditEntry{Actor: actor, Action: ActionInviteCreate, Target: invite.ID, Nest: id}); err != nil {
			return err
		}
		return tx.PutInvite(invite)
	})
	return invite, secret, err
}

// Invites lists them, newest first, to those who may make them.
func (s *Service) Invites(ctx context.Context, id, actor string) ([]Invite, error) {
	invites := []Invite{}
	err := s.read(ctx, id, func(tx Tx) error {
		n, err := tx.Nest(id)
		if err == nil {
			err = s.authorizeInvites(tx, n, actor)
		}
		if err == nil {
			invites, err = tx.Invites(id)
		}
		return err
	})
	return invites, err
}

// RevokeInvite makes an invite open nothing more. Who came in by it keeps the place; an unknown one is fine.
func (s *Service) RevokeInvite(ctx context.Context, id, actor, inviteID string) error {
	return s.changeInvites(ctx, id, actor, func(tx Tx) error {
		made, err := tx.Invites(id)
		if err != nil || !slices.ContainsFunc(made, func(i Invite) bool { return i.ID == inviteID }) {
			return err
		}
		if err := s.audit(tx, AuditEntry{Actor: actor, Action: ActionInviteRevoke, Target: inviteID, Nest: id}); err != nil {
			return err
		}
		return tx.DeleteInvite(id, inviteID)
	})
}

// changeInvites runs a change that only those who let people in may make.
func (s *Service) changeInvites(ctx context.Context, id, actor string, fn func(Tx) error) error {
	return s.change(ctx, id, actor, func(tx Tx, n *Nest, _ Member) error {
		if err := s.authorizeInvites(tx, *n, actor); err != nil {
			return err
		}
		return fn(tx)
	})
}

func (s *Service) authorizeInvites(tx Tx, n Nest, actor string) error {
	m, err := tx.Member(n.ID, actor)
	if err != nil {
		return err
	}
	if !m.Moderates() || m.BannedNow(s.now()) {
		return forbidden("Only the host and moderators let people in")
	}
	return nil
}

// findInvite finds the invite of a secret and says why it opens nothing.
func findInvite(tx InviteReader, nestID, secret string, now int64) (Invite, error) {
	none := &Error{Code: CodeInviteInvalid, Message: "This invite does not open this nest", Hint: "It may have been revoked. Ask for a new one."}
	if secret == "" || len(secret) > secretMax {
		return Invite{}, none
	}
	invite, err := tx.Invite(nestID, secretHash(secret))
	switch {
	case errors.Is(err, ErrNoRow):
		return invite, none
	case err != nil:
		return invite, err
	case invite.ExpiresAt != 0 && invite.ExpiresAt <= now:
		return invite, &Error{Code: CodeInviteExpired, Message: "This invite has expired", Hint: "Ask for a new one."}
	case invite.MaxUses != 0 && invite.Uses >= invite.MaxUses:
		return invite, &Error{Code: CodeInviteUsed, Message: "This invite has been used as often as it may be", Hint: "Ask for a new one."}
	}
	return invite, nil
}

// redeem spends one use and gives the place.
func (s *Service) redeem(ctx context.Context, id, identity, secret string) (m Member, err error) {
	now := s.now()
	err = s.write(ctx, id, func(tx Tx) error {
		if m, err = tx.Member(id, identity); err != nil || mayEnterPrivate(m) { // somebody else's request of the same person was first
			return err
		}
		invite, err := findInvite(tx, id, secret, now)
		if err != nil {
			return err
		}
		invite.Uses++
		m.HasAccess, m.Updated = true, now
		if err := tx.PutInvite(invite); err != nil {
			return err
		}
		return tx.PutMember(m)
	})
	if err == nil {
		s.Log.InfoContext(ctx, "invite redeemed", "nest", id, "identity", ShortIdentity(identity))
	}
	return m, err
}

func secretHash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
