package nest

import (
	"context"
	"slices"
)

// CreateRule decides which keys may create nests. Operators always may.
type CreateRule string

// Rules for creating nests.
const (
	CreateAnyone  CreateRule = "anyone"
	CreateList    CreateRule = "list"    // keys on a list that operators keep
	CreateFollows CreateRule = "follows" // keys that an operator follows on Nostr
)

// Creator is a key on the list of creators.
type Creator struct {
	Pubkey string
	By     string // operator
	At     int64  // unix ms
}

// Quota is a key's own limit of nests, which replaces the server's limit.
type Quota struct {
	Pubkey string
	Nests  int // 0: without limit
	By     string
	At     int64 // unix ms
}

// FollowList holds the keys that an operator follows, from the newest known kind 3 (NIP-02).
type FollowList struct {
	Pubkey    string
	Event     string // id
	CreatedAt int64  // unix seconds, chosen by the author
	Keys      []string
}

// IsOperator is true for the operators of the configuration and for the server's own key.
func (s *Service) IsOperator(pubkey string) bool {
	return pubkey != "" && (slices.Contains(s.Operators, pubkey) || s.Signer != nil && s.Signer.Pubkey() == pubkey)
}

// authorizeCreate is nil when the create rule allows a key to create nests. It reads the store, so a change holds at
// once on every node.
func (s *Service) authorizeCreate(ctx context.Context, pubkey string) error {
	if s.CreateRule == "" || s.CreateRule == CreateAnyone || s.IsOperator(pubkey) {
		return nil
	}
	var refusal error
	err := s.Store.Read(ctx, func(tx Tx) (err error) {
		if s.CreateRule == CreateList {
			refusal, err = s.checkListed(tx, pubkey)
		} else {
			refusal, err = s.checkFollowed(tx, pubkey)
		}
		return err
	})
	if err != nil {
		return err
	}
	return refusal
}

// checkListed is the refusal of a key that is not on the list.
func (s *Service) checkListed(tx Tx, pubkey string) (refusal, err error) {
	is, err := tx.IsCreator(pubkey)
	if is || err != nil {
		return nil, err
	}
	return &Error{Code: CodeCreateRefused, Message: "Only keys on this server's list can create nests here",
		Hint: "Ask the server's operator to add your key to the list, or use another server."}, nil
}

// checkFollowed is the refusal of a key that no operator follows.
func (s *Service) checkFollowed(tx Tx, pubkey string) (refusal, err error) {
	hasList := false
	for _, operator := range s.Operators {
		list, ok, err := tx.FollowList(operator)
		if err != nil || ok && slices.Contains(list.Keys, pubkey) {
			return nil, err
		}
		hasList = hasList || ok
	}
	e := &Error{
		Code:    CodeCreateRefused,
		Message: "Only keys that this server's operator follows on Nostr can create nests here",
		Hint:    "Ask the operator to follow your key, which takes effect within a minute, or use another server.",
	}
	if !hasList {
		e.Message = "Only keys that the operator follows can create nests here, and the server has no follow list yet"
		e.Hint = "The operator has to publish a follow list (kind 3) to this server's relay or to one of NESTS_RELAYS."
	}
	return e, nil
}

// ApplyFollowList stores a verified kind 3 of an operator; false when it is not newer than the stored one.
func (s *Service) ApplyFollowList(ctx context.Context, e Event) (bool, error) {
	if e.Kind != KindFollows || !slices.Contains(s.Operators, e.PubKey) || e.CreatedAt*1000 > s.now()+futureMax {
		return false, nil
	}
	list := FollowList{Pubkey: e.PubKey, Event: e.ID, CreatedAt: e.CreatedAt}
	seen := map[string]bool{}
	for _, tag := range e.Tags {
		if len(tag) >= 2 && tag[0] == "p" && IsPubkey(tag[1]) && !seen[tag[1]] {
			seen[tag[1]] = true
			list.Keys = append(list.Keys, tag[1])
		}
	}
	isNewer := false
	err := s.Store.Write(ctx, func(tx Tx) error {
		old, ok, err := tx.FollowList(e.PubKey)
		isNewer = err == nil && (!ok || e.Newer(Event{ID: old.Event, CreatedAt: old.CreatedAt}))
		if err != nil || !isNewer {
			return err
		}
		return tx.PutFollowList(list)
	})
	if isNewer && err == nil {
		s.Log.InfoContext(ctx, "follow list stored",
			"component", "relay",
			"identity", ShortIdentity(e.PubKey),
			"event", e.ID,
			"keys", len(list.Keys),
		)
	}
	return isNewer, err
}

// checkQuota refuses a nest when the key has reached its limit of live and planned nests.
func (s *Service) checkQuota(tx Tx, host string) error {
	if s.IsOperator(host) {
		return nil
	}
	limit := s.Quota
	if own, ok, err := tx.Quota(host); err != nil {
		return err
	} else if ok {
		limit = own.Nests
	}
	if limit == 0 {
		return nil
	}
	open, err := tx.CountNests(host)
	if err == nil && open >= limit {
		return &Error{Code: CodeQuota, Message: "This key has reached its limit of live and planned nests",
			Hint: "End one of them first, or ask the server's operator for a higher limit."}
	}
	return err
}
