package nest

import (
	"context"
	"errors"
	"slices"
	"strings"
)

const creatorsMax = 100_000

// operate runs a change by an operator and adds it to the audit log; a refused change is added with the code of the
// refusal.
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
	s.Log.InfoContext(ctx, "operator action", "nest", a.Nest, "step", string(a.Action), "by", ShortIdentity(a.Actor))
	return nil
}

// AuthorizeOperator is nil for operators.
func (s *Service) AuthorizeOperator(actor string) error {
	if s.IsOperator(actor) {
		return nil
	}
	return &Error{Code: CodeOperatorOnly, Message: "Only operators of this server can do this",
		Hint: "Sign with a key listed in the server's NESTS_OPERATORS."}
}

// Block blocks a key or an address range on the whole server at once. It replaces an earlier block of the same subject.
func (s *Service) Block(ctx context.Context, actor string, b Block) (Block, error) {
	subject, err := BlockSubject(b.Subject)
	b.Reason = strings.TrimSpace(b.Reason)
	switch {
	case err != nil:
		return b, err
	case s.IsOperator(subject):
		return b, invalid("subject", "This is the key of an operator", "Remove it from NESTS_OPERATORS first.")
	case len(b.Reason) > reasonMax:
		return b, invalid("reason", "The reason is longer than 500 bytes", "Shorten it. Only operators see it.")
	case b.Until != 0 && b.Until <= s.now():
		return b, invalid("until", "until is in the past", "Send a future time in unix milliseconds, or leave it out.")
	}
	b.Subject, b.By, b.CreatedAt = subject, actor, s.now()
	err = s.operate(ctx, AuditEntry{Actor: actor, Action: ActionBlock, Target: subject}, func(tx Tx) error {
		all, err := tx.Blocks()
		isNew := !slices.ContainsFunc(all, func(other Block) bool { return other.Subject == subject })
		if err == nil && len(all) >= blocksMax && isNew {
			err = &Error{
				Code:    CodeQuota,
				Message: "This server has reached its limit of blocks",
				Hint:    "Lift some, or block a wider range of addresses.",
			}
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

// Unblock lifts a block at once. It is no error when there is none.
func (s *Service) Unblock(ctx context.Context, actor, subject string) error {
	subject, err := BlockSubject(subject)
	if err != nil {
		return err
	}
	entry := AuditEntry{Actor: actor, Action: ActionUnblock, Target: subject}
	err = s.operate(ctx, entry, func(tx Tx) error { return tx.DeleteBlock(subject) })
	if err == nil {
		s.reload(ctx)
	}
	return err
}

// reload makes a change of the blocks effective now. When it fails, BlockList.Run does so within seconds.
func (s *Service) reload(ctx context.Context) {
	if err := s.Blocks.Load(context.WithoutCancel(ctx)); err != nil {
		s.Log.WarnContext(ctx, "blocks not read", "err", err)
	}
}

// ActiveBlocks lists the blocks that hold now, newest first.
func (s *Service) ActiveBlocks(ctx context.Context) ([]Block, error) {
	blocks := []Block{}
	err := s.Store.Read(ctx, func(tx Tx) (err error) {
		blocks, err = tx.Blocks()
		blocks = slices.DeleteFunc(blocks, func(b Block) bool { return !b.Holds(s.now()) })
		return err
	})
	return blocks, err
}

// EndByOperator ends any nest. It is no error when the nest has ended.
func (s *Service) EndByOperator(ctx context.Context, id, actor string) error {
	err := s.AuthorizeOperator(actor)
	if err != nil {
		return err
	}
	entry := AuditEntry{Actor: actor, Action: ActionOperatorEnd}
	return s.end(ctx, id, entry, "ended by an operator", func(Nest, Member) error { return nil })
}

// SetQuota gives a key its own limit of nests (0: no limit). A negative number restores the server's limit.
func (s *Service) SetQuota(ctx context.Context, actor, pubkey string, nests int) error {
	if !IsPubkey(pubkey) {
		return invalid("pubkey", notPubkey, "Send the pubkey in hex.")
	}
	if nests < 0 {
		entry := AuditEntry{Actor: actor, Action: ActionQuotaClear, Target: pubkey}
		return s.operate(ctx, entry, func(tx Tx) error { return tx.DeleteQuota(pubkey) })
	}
	return s.operate(ctx, AuditEntry{Actor: actor, Action: ActionQuotaSet, Target: pubkey}, func(tx Tx) error {
		return tx.PutQuota(Quota{Pubkey: pubkey, Nests: nests, By: actor, At: s.now()})
	})
}

// Quotas lists the keys with their own limit.
func (s *Service) Quotas(ctx context.Context) (quotas []Quota, err error) {
	err = s.Store.Read(ctx, func(tx Tx) (err error) { quotas, err = tx.Quotas(); return })
	return quotas, err
}

// AddCreator adds a key to the list of creators.
func (s *Service) AddCreator(ctx context.Context, actor, pubkey string) error {
	if !IsPubkey(pubkey) {
		return invalid("pubkey", notPubkey, "Send the pubkey in hex.")
	}
	return s.operate(ctx, AuditEntry{Actor: actor, Action: ActionCreatorAdd, Target: pubkey}, func(tx Tx) error {
		all, err := tx.Creators()
		if err == nil && len(all) >= creatorsMax {
			err = &Error{
				Code:    CodeQuota,
				Message: "The list of creators is full",
				Hint:    "Remove keys from it, or set NESTS_CREATE to anyone.",
			}
		}
		if err != nil {
			return err
		}
		return tx.PutCreator(Creator{Pubkey: pubkey, By: actor, At: s.now()})
	})
}

// RemoveCreator removes a key from the list of creators. Its nests stay.
func (s *Service) RemoveCreator(ctx context.Context, actor, pubkey string) error {
	entry := AuditEntry{Actor: actor, Action: ActionCreatorRemove, Target: pubkey}
	return s.operate(ctx, entry, func(tx Tx) error { return tx.DeleteCreator(pubkey) })
}

// Creators lists the keys that operators allowed to create nests, newest first.
func (s *Service) Creators(ctx context.Context) (creators []Creator, err error) {
	err = s.Store.Read(ctx, func(tx Tx) (err error) { creators, err = tx.Creators(); return })
	return creators, err
}

// AuditLog returns a page of the audit log, newest first. next is the cursor of the next page, or "" on the last one.
func (s *Service) AuditLog(
	ctx context.Context, f AuditFilter, cursor string,
) (entries []AuditEntry, next string, err error) {
	var ok bool
	if f.Before, ok = decodeCursor(cursor); !ok {
		return nil, "", errCursor()
	}
	if f.Limit <= 0 || f.Limit > listMax {
		f.Limit = listMax
	}
	limit := f.Limit
	f.Limit++
	err = s.Store.Read(ctx, func(tx Tx) (err error) { entries, err = tx.AuditEntries(f); return })
	entries, next = cutPage(entries, limit, func(last AuditEntry) Cursor {
		return Cursor{CreatedAt: last.At, ID: last.ID}
	})
	return entries, next, err
}

// NestAuditLog returns the entries about one nest, for its host and moderators.
func (s *Service) NestAuditLog(
	ctx context.Context, id, actor, cursor string,
) (entries []AuditEntry, next string, err error) {
	err = s.read(ctx, id, func(tx Tx) error {
		if _, err := tx.Nest(id); err != nil {
			return err
		}
		m, err := tx.Member(id, actor)
		if err == nil && (!m.Moderates() || m.BannedNow(s.now())) {
			err = forbidden("Only the host and moderators can see the log of a nest")
		}
		return err
	})
	if err != nil {
		return nil, "", err
	}
	return s.AuditLog(ctx, AuditFilter{Nest: id}, cursor)
}

// OperatorView is a nest, public or private, with its participants.
type OperatorView struct {
	View
	People []ParticipantView // at most operatorParticipants
}

const operatorParticipants = 100

// ListForOperator is List with private nests and participants. inhabited leaves out nests without participants.
func (s *Service) ListForOperator(ctx context.Context, r ListRequest, inhabited bool) ([]OperatorView, string, error) {
	filter, err := listFilter(r)
	if err != nil {
		return nil, "", err
	}
	filter.Access = ""
	nests := []OperatorView{}
	var next string
	err = s.Store.Read(ctx, func(tx Tx) (err error) {
		nests = nests[:0]
		views, cursor, err := s.page(tx, filter, func(v View) bool {
			return matchesStatus(r.Status, v) && (!inhabited || v.Count > 0)
		})
		next = cursor
		for _, v := range views {
			members, err := tx.Members(v.Nest.ID)
			if err != nil {
				return err
			}
			connections, _ := s.Presence.Participants(v.Nest.ID)
			people := participantViews(v.Nest.ID, connections, members)
			nests = append(nests, OperatorView{View: v, People: people[:min(len(people), operatorParticipants)]})
		}
		return err
	})
	return nests, next, err
}

// isMissing reports whether err is ErrNoRow; it returns any other error.
func isMissing(err error) (bool, error) {
	if errors.Is(err, ErrNoRow) {
		return true, nil
	}
	return false, err
}
