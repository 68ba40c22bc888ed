package nest

import (
	"context"
	"errors"
	"slices"
	"strings"
)

const creatorsMax = 100_000

// operate runs a change by an operator and writes it to the audit log, with the reason when it was refused.
func (s *Service) operate(ctx context.Context, a AuditEntry, fn func(Tx) error) error {
	if err := s.AuthorizeOperator(a.Actor); err != nil {
		return err
	}
	err := s.Store.Write(ctx, func(tx Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return s.audit(tx, a)
	})
	if err != nil {
		if CodeOf(err) != CodeStoreUnavailable {
			s.auditOutcome(ctx, a, err)
		}
		return err
	}
	s.Log.InfoContext(ctx, "operator act", "nest", a.Nest, "step", string(a.Action), "by", ShortIdentity(a.Actor))
	return nil
}

// AuthorizeOperator is nil for operators.
func (s *Service) AuthorizeOperator(actor string) error {
	if s.IsOperator(actor) {
		return nil
	}
	return &Error{Code: CodeOperatorOnly, Message: "Only this server's operators may do that",
		Hint: "Sign with a key that the server's NESTS_OPERATORS names."}
}

// Block keeps a key or an address range out, at once and everywhere. Blocked again, it is the newer block that holds.
func (s *Service) Block(ctx context.Context, actor string, b Block) (Block, error) {
	subject, err := BlockSubject(b.Subject)
	b.Reason = strings.TrimSpace(b.Reason)
	switch {
	case err != nil:
		return b, err
	case s.IsOperator(subject):
		return b, invalid("subject", "This is the key of an operator", "Take it out of NESTS_OPERATORS first.")
	case len(b.Reason) > ReasonMax:
		return b, invalid("reason", "The reason is longer than 500 bytes", "Say less; it is a note for operators.")
	case b.Until != 0 && b.Until <= s.now():
		return b, invalid("until", "until lies in the past", "Send unix milliseconds ahead of now, or leave it out.")
	}
	b.Subject, b.By, b.CreatedAt = subject, actor, s.now()
	err = s.operate(ctx, AuditEntry{Actor: actor, Action: ActionBlock, Target: subject}, func(tx Tx) error {
		all, err := tx.Blocks()
		if err == nil && len(all) >= blocksMax && !slices.ContainsFunc(all, func(other Block) bool { return other.Subject == subject }) {
			err = &Error{Code: CodeQuota, Message: "There are as many blocks as there may be", Hint: "Lift some, or block a wider range of addresses."}
		}
		if err != nil {
			return err
		}
		return tx.PutBlock(b)
	})
	if err == nil {
		s.reload(ctx)
	}
	return b, err
}

// Unblock lifts a block at once. What was not blocked is fine.
func (s *Service) Unblock(ctx context.Context, actor, subject string) error {
	subject, err := BlockSubject(subject)
	if err != nil {
		return err
	}
	err = s.operate(ctx, AuditEntry{Actor: actor, Action: ActionUnblock, Target: subject}, func(tx Tx) error { return tx.DeleteBlock(subject) })
	if err == nil {
		s.reload(ctx)
	}
	return err
}

// reload takes a change of the blocks in now; where it fails, Run does so within seconds.
func (s *Service) reload(ctx context.Context) {
	if err := s.Blocks.Load(context.WithoutCancel(ctx)); err != nil {
		s.Log.WarnContext(ctx, "blocks not read", "err", err)
	}
}

// ActiveBlocks lists what is kept out, newest first.
func (s *Service) ActiveBlocks(ctx context.Context) ([]Block, error) {
	blocks := []Block{}
	err := s.Store.Read(ctx, func(tx Tx) (err error) {
		blocks, err = tx.Blocks()
		blocks = slices.DeleteFunc(blocks, func(b Block) bool { return !b.Holds(s.now()) })
		return err
	})
	return blocks, err
}

// EndByOperator is End for any nest. Again is fine.
func (s *Service) EndByOperator(ctx context.Context, id, actor string) error {
	err := s.AuthorizeOperator(actor)
	if err != nil {
		return err
	}
	return s.end(ctx, id, AuditEntry{Actor: actor, Action: ActionOperatorEnd}, "ended by an operator", func(Nest, Member) error { return nil })
}

// SetQuota gives a key a number of nests of its own, or with a negative one the same as any other again.
func (s *Service) SetQuota(ctx context.Context, actor, pubkey string, nests int) error {
	if !IsPubkey(pubkey) {
		return invalid("pubkey", "This is not a 64-digit hex public key", "Send the person's pubkey in hex.")
	}
	if nests < 0 {
		return s.operate(ctx, AuditEntry{Actor: actor, Action: ActionQuotaClear, Target: pubkey}, func(tx Tx) error { return tx.DeleteQuota(pubkey) })
	}
	return s.operate(ctx, AuditEntry{Actor: actor, Action: ActionQuotaSet, Target: pubkey}, func(tx Tx) error {
		return tx.PutQuota(Quota{Pubkey: pubkey, Nests: nests, By: actor, At: s.now()})
	})
}

// Quotas lists the keys with a number of their own.
func (s *Service) Quotas(ctx context.Context) (quotas []Quota, err error) {
	err = s.Store.Read(ctx, func(tx Tx) (err error) { quotas, err = tx.Quotas(); return })
	return quotas, err
}

// AddCreator puts a key on the list of who may create.
func (s *Service) AddCreator(ctx context.Context, actor, pubkey string) error {
	if !IsPubkey(pubkey) {
		return invalid("pubkey", "This is not a 64-digit hex public key", "Send the person's pubkey in hex.")
	}
	return s.operate(ctx, AuditEntry{Actor: actor, Action: ActionCreatorAdd, Target: pubkey}, func(tx Tx) error {
		all, err := tx.Creators()
		if err == nil && len(all) >= creatorsMax {
			err = &Error{Code: CodeQuota, Message: "The list is as long as it may be", Hint: "Set NESTS_CREATE to anyone, or take keys off the list."}
		}
		if err != nil {
			return err
		}
		return tx.PutCreator(Creator{Pubkey: pubkey, By: actor, At: s.now()})
	})
}

// RemoveCreator takes a key off it. What it has created goes on.
func (s *Service) RemoveCreator(ctx context.Context, actor, pubkey string) error {
	return s.operate(ctx, AuditEntry{Actor: actor, Action: ActionCreatorRemove, Target: pubkey}, func(tx Tx) error { return tx.DeleteCreator(pubkey) })
}

// Creators is the list.
func (s *Service) Creators(ctx context.Context) (creators []Creator, err error) {
	err = s.Store.Read(ctx, func(tx Tx) (err error) { creators, err = tx.Creators(); return })
	return creators, err
}

// AuditLog reads the audit log, newest first, and gives a cursor when there is more.
func (s *Service) AuditLog(ctx context.Context, f AuditFilter, cursor string) (acts []AuditEntry, next string, err error) {
	var ok bool
	if f.Before, ok = decodeCursor(cursor); !ok {
		return nil, "", invalid("cursor", "cursor is not one of ours", "Send the next of the last answer, unchanged.")
	}
	if f.Limit <= 0 || f.Limit > listMax {
		f.Limit = listMax
	}
	err = s.Store.Read(ctx, func(tx Tx) (err error) { acts, err = tx.AuditEntries(f); return })
	if err == nil && len(acts) == f.Limit {
		last := acts[len(acts)-1]
		next = encodeCursor(Cursor{CreatedAt: last.At, ID: last.ID})
	}
	return acts, next, err
}

// NestAuditLog is the part of the log about one nest, for its host and moderators.
func (s *Service) NestAuditLog(ctx context.Context, id, actor, cursor string) (acts []AuditEntry, next string, err error) {
	err = s.read(ctx, id, func(tx Tx) error {
		if _, err := tx.Nest(id); err != nil {
			return err
		}
		m, err := tx.Member(id, actor)
		if err == nil && (!m.Moderates() || m.BannedNow(s.now())) {
			err = forbidden("Only the host and moderators see what was done in a nest")
		}
		return err
	})
	if err != nil {
		return nil, "", err
	}
	return s.AuditLog(ctx, AuditFilter{Nest: id}, cursor)
}

// OperatorView is a nest as an operator sees it: a private one, too.
type OperatorView struct {
	View
	People []ParticipantView // those inside, at most peopleShown
}

const peopleShown = 100

// ListForOperator lists nests for operators, like List; inhabited are those with anybody inside only.
func (s *Service) ListForOperator(ctx context.Context, r ListRequest, inhabited bool) ([]OperatorView, string, error) {
	filter, err := listFilter(r)
	if err != nil {
		return nil, "", err
	}
	filter.Access = ""
	overseen := []OperatorView{}
	var next string
	err = s.Store.Read(ctx, func(tx Tx) (err error) {
		overseen = overseen[:0]
		views, cursor, err := s.page(tx, filter, func(v View) bool { return statusFits(r.Status, v) && (!inhabited || v.Count > 0) })
		next = cursor
		for _, v := range views {
			members, err := tx.Members(v.Nest.ID)
			if err != nil {
				return err
			}
			inside, _ := s.Presence.Participants(v.Nest.ID)
			people := s.persons(v.Nest.ID, inside, members)
			overseen = append(overseen, OperatorView{View: v, People: people[:min(len(people), peopleShown)]})
		}
		return err
	})
	return overseen, next, err
}

// isMissing turns no row into a false.
func isMissing(err error) (bool, error) {
	if errors.Is(err, ErrNoRow) {
		return true, nil
	}
	return false, err
}
