package nest

import (
	"context"
	"slices"
)

// CreateRule says who may create nests, besides operators.
type CreateRule string

// Rules of creating.
const (
	CreateAnyone  CreateRule = "anyone"
	CreateList    CreateRule = "list"    // keys that operators put on a list
	CreateFollows CreateRule = "follows" // keys that an operator follows on Nostr
)

// Creator is a key on the list.
type Creator struct {
	Pubkey string
	By     string // operator
	At     int64  // unix ms
}

// Quota is how many nests a key may have at once where it is not as many as any other.
type Quota struct {
	Pubkey string
	Nests  int // 0: without limit
	By     string
	At     int64 // unix ms
}

// FollowList is whom an operator follows, by the newest kind 3 that was seen.
type FollowList struct {
	Pubkey    string
	Event     string // id
	CreatedAt int64  // unix seconds, the author's word
	Keys      []string
}

// IsOperator is true for the keys of the configuration, and for the server's own key: whoever has that runs the server.
func (s *Service) IsOperator(pubkey string) bool {
	return pubkey != "" && (slices.Contains(s.Operators, pubkey) || s.Signer != nil && s.Signer.Pubkey() == pubkey)
}

// authorizeCreate is the operator's rule for new nests. It reads the store, so that a change holds at once and on every node.
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

func (s *Service) checkListed(tx Tx, pubkey string) (refusal, err error) {
	is, err := tx.IsCreator(pubkey)
	if is || err != nil {
		return nil, err
	}
	return &Error{Code: CodeCreateRefused, Message: "Only keys on this server's list may create nests here",
		Hint: "Ask the server's operator to put your key on the list, or use another server."}, nil
}

func (s *Service) checkFollowed(tx Tx, pubkey string) (refusal, err error) {
	known := false
	for _, operator := range s.Operators {
		list, ok, err := tx.FollowList(operator)
		if err != nil || ok && slices.Contains(list.Keys, pubkey) {
			return nil, err
		}
		known = known || ok
	}
	e := &Error{Code: CodeCreateRefused, Message: "Only people whom this server's operator follows on Nostr may create nests here",
		Hint: "Ask the operator to follow your key: that counts within a minute. Or use another server."}
	if !known {
		e.Message = "Only people whom this server's operator follows may create nests here, and no follow list of the operator was found yet"
		e.Hint = "The operator publishes a follow list (kind 3) to this server's relay or to one of NESTS_RELAYS."
	}
	return e, nil
}

// ApplyFollowList takes a verified kind 3 of an operator; false when it is not news.
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
	news := false
	err := s.Store.Write(ctx, func(tx Tx) error {
		old, ok, err := tx.FollowList(e.PubKey)
		news = err == nil && (!ok || e.Newer(Event{ID: old.Event, CreatedAt: old.CreatedAt}))
		if err != nil || !news {
			return err
		}
		return tx.PutFollowList(list)
	})
	if news && err == nil {
		s.Log.InfoContext(ctx, "follow list taken", "component", "relay", "identity", ShortIdentity(e.PubKey), "event", e.ID, "keys", len(list.Keys))
	}
	return news, err
}

// checkQuota refuses a nest more than the key may have at once.
func (s *Service) checkQuota(tx Tx, host string) error {
	if s.IsOperator(host) {
		return nil
	}
	most := s.Quota
	if own, ok, err := tx.Quota(host); err != nil {
		return err
	} else if ok {
		most = own.Nests
	}
	if most == 0 {
		return nil
	}
	open, err := tx.CountNests(host)
	if err == nil && open >= most {
		return &Error{Code: CodeQuota, Message: "This key has as many nests, live and planned, as it may have at once",
			Hint: "End one of them first, or ask the server's operator for more."}
	}
	return err
}
