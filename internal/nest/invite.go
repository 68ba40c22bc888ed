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

// Invite gives access to a private nest. Each user who redeems its secret gets access, which uses it once.
type Invite struct {
	ID         string
	Nest       string
	SecretHash string // the secret itself is not stored
	CreatedBy  string
	CreatedAt  int64 // unix ms
	ExpiresAt  int64 // unix ms; 0: never
	MaxUses    int64 // 0: no limit
	Uses       int64
}

const (
	invitesMax    = 100 // of one nest
	inviteUsesMax = 100_000
	secretMax     = 100 // bytes; a longer secret is invalid
)

// InviteRequest asks for a new invite.
type InviteRequest struct {
	ExpiresAt int64 // unix ms; 0: never
	MaxUses   int64 // 0: no limit
}

// CreateInvite creates an invite and returns it with its secret, which is never shown again. An invite has an effect
// only while the nest is private, but can be created before.
func (s *Service) CreateInvite(ctx context.Context, id, actor string, r InviteRequest) (Invite, string, error) {
	now := s.now()
	switch {
	case r.ExpiresAt != 0 && r.ExpiresAt <= now:
		return Invite{}, "", invalid("expires_at", "expires_at is in the past",
			"Send a future time in unix milliseconds, or leave it out.")
	case r.MaxUses < 0 || r.MaxUses > inviteUsesMax:
		return Invite{}, "", invalid("max_uses", "max_uses is not between 1 and 100000",
			"Leave it out for an invite without a limit.")
	}
	var random [18]byte
	rand.Read(random[:]) // never fails (crypto/rand)
	secret := base64.RawURLEncoding.EncodeToString(random[:])
	invite := Invite{
		ID:         s.NewID(),
		Nest:       id,
		SecretHash: secretHash(secret),
		CreatedBy:  actor,
		CreatedAt:  now,
		ExpiresAt:  r.ExpiresAt,
		MaxUses:    r.MaxUses,
	}
	err := s.changeInvites(ctx, id, actor, func(tx Tx) error {
		existing, err := tx.Invites(id)
		if err == nil && len(existing) >= invitesMax {
			err = &Error{
				Code:    CodeQuota,
				Message: "This nest has reached its limit of invites",
				Hint:    "Revoke some of them first.",
			}
		}
		if err != nil {
			return err
		}
		entry := AuditEntry{Actor: actor, Action: ActionInviteCreate, Target: invite.ID, Nest: id}
		if err := s.audit(tx, entry); err != nil {
			return err
		}
		return tx.PutInvite(invite)
	})
	return invite, secret, err
}

// Invites lists the invites of a nest, newest first, for the host and moderators.
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

// RevokeInvite deletes an invite. Users who redeemed it keep their access. It is no error when there is none.
func (s *Service) RevokeInvite(ctx context.Context, id, actor, inviteID string) error {
	return s.changeInvites(ctx, id, actor, func(tx Tx) error {
		existing, err := tx.Invites(id)
		if err != nil || !slices.ContainsFunc(existing, func(i Invite) bool { return i.ID == inviteID }) {
			return err
		}
		entry := AuditEntry{Actor: actor, Action: ActionInviteRevoke, Target: inviteID, Nest: id}
		if err := s.audit(tx, entry); err != nil {
			return err
		}
		return tx.DeleteInvite(id, inviteID)
	})
}

// changeInvites runs a change by a member who may manage invites.
func (s *Service) changeInvites(ctx context.Context, id, actor string, fn func(Tx) error) error {
	return s.change(ctx, id, actor, func(tx Tx, n *Nest, _ Member) error {
		if err := s.authorizeInvites(tx, *n, actor); err != nil {
			return err
		}
		return fn(tx)
	})
}

// authorizeInvites is nil when actor may manage the nest's invites and access.
func (s *Service) authorizeInvites(tx Tx, n Nest, actor string) error {
	m, err := tx.Member(n.ID, actor)
	if err != nil {
		return err
	}
	if !m.Moderates() || m.BannedNow(s.now()) {
		return forbidden("Only the host and moderators can manage access")
	}
	return nil
}

// findInvite returns the invite with a secret, or the refusal when it is invalid.
func findInvite(tx InviteReader, nestID, secret string, now int64) (Invite, error) {
	none := &Error{
		Code:    CodeInviteInvalid,
		Message: "This invite is not valid for this nest",
		Hint:    "It may have been revoked. Ask for a new one.",
	}
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
		return invite, &Error{Code: CodeInviteUsed, Message: "This invite has no uses left", Hint: "Ask for a new one."}
	}
	return invite, nil
}

// redeem uses an invite once and gives access. A member who has access already does not use it.
func (s *Service) redeem(ctx context.Context, id, identity, secret string) (m Member, err error) {
	now := s.now()
	err = s.write(ctx, id, func(tx Tx) error {
		// A request at the same time gave access already.
		if m, err = tx.Member(id, identity); err != nil || mayEnterPrivate(m) {
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
