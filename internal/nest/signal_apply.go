package nest

import (
	"context"
	"errors"
	"slices"
)

// ApplySignal does what a verified presence or speaking event says (contract.md §Nostr), once. from is the relay it was seen on, ""
// when it was handed to ours: then it is stored in the same transaction, and false means that it is there already. Of what
// was seen elsewhere only that is stored which moves somebody, so that it moves nobody twice; false means that nothing
// changed.
func (s *Service) ApplySignal(ctx context.Context, e Event, from string) (bool, error) {
	if err := s.CheckBlocked(e.PubKey); err != nil {
		return false, err
	}
	now := s.now()
	signal, understood := s.Codec.ParseSignal(e)
	if from != "" {
		news := false
		if !understood {
			return false, nil
		}
		err := s.Store.Read(ctx, func(tx Tx) (err error) { // most presences change nothing, and need no turn at writing
			_, news, err = s.effectOf(tx, signal, from, now)
			return err
		})
		if err != nil || !news {
			return false, err
		}
	}
	stored := false
	var done signalEffect
	err := s.Store.Write(ctx, func(tx Tx) (err error) {
		stored, done = false, signalEffect{}
		if from == "" {
			if stored, err = tx.PutEvent(e); err != nil || !stored || !understood {
				return err
			}
		}
		effect, news, err := s.effectOf(tx, signal, from, now)
		if err != nil || !news {
			return err
		}
		if from != "" && effect.staged {
			if stored, err = tx.PutEvent(e); err != nil || !stored {
				return err
			}
		}
		if err := tx.PutMember(effect.after); err != nil {
			return err
		}
		done = effect
		if err := s.auditMemberChange(tx, e.PubKey, effect.before, effect.after); err != nil {
			return err
		}
		if effect.staged {
			return saveNest(tx, &effect.nest, now) // the speakers of info are part of the nest
		}
		return nil
	})
	if err == nil && done.visible() {
		s.Log.InfoContext(ctx, "signal applied", "nest", signal.Nest, "signal", string(signal.Type), "by", ShortIdentity(e.PubKey),
			"identity", ShortIdentity(signal.Target), "event", e.ID, "from", from)
		s.Wake(signal.Nest)
	}
	return stored || from != "" && done.news, err
}

// signalEffect is what a signal changes: one member.
type signalEffect struct {
	nest          Nest
	before, after Member
	staged        bool // on or off the stage, which is a change of the nest
	news          bool
}

// visible says whether anybody but the store notices.
func (e signalEffect) visible() bool {
	return e.before.Hand != e.after.Hand || e.before.OnStage != e.after.OnStage
}

// effectOf asks the policy of every door about the author, and decides. It changes nothing.
func (s *Service) effectOf(tx Tx, signal Signal, from string, now int64) (e signalEffect, news bool, err error) {
	if signal.Event.CreatedAt*1000 > now+futureMax {
		return e, false, nil
	}
	e.nest, err = tx.Nest(signal.Nest)
	if errors.Is(err, ErrNoRow) {
		return e, false, nil
	} else if err != nil || e.nest.Host != signal.Host || e.nest.Access == Private && from != "" {
		return e, false, err // another key's address is another nest; what is private stays on our relay
	}
	by, err := tx.Member(signal.Nest, signal.Event.PubKey)
	if err != nil || authorizeEntry(e.nest, by, false, now) != nil {
		return e, false, err
	}
	switch signal.Type {
	case SignalHandUp, SignalHandDown, SignalRequest, SignalWithdraw:
		e.before = by
		e.after, e.news = signal.onHand(by, now)
		if e.news && e.before.Hand == 0 && e.after.Hand != 0 {
			e.news, err = s.mayRaiseHand(tx, signal.Nest, signal.Target)
		}
	default:
		if e.before, err = tx.Member(signal.Nest, signal.Target); err == nil {
			e.after, e.news = signal.onStage(by, e.before, now)
			e.staged = e.before.OnStage != e.after.OnStage
		}
	}
	return e, e.news, err
}

// mayRaiseHand is true for who is inside, and for others while they are few: keys cost nothing.
func (s *Service) mayRaiseHand(tx Tx, id, pubkey string) (bool, error) {
	people, _ := s.Presence.Participants(id)
	inside := make(map[string]bool, len(people))
	for _, p := range people {
		inside[p.Identity] = true
	}
	if inside[pubkey] {
		return true, nil
	}
	members, err := tx.Members(id)
	others := 0
	for _, m := range members {
		if m.Hand != 0 && !inside[m.Pubkey] {
			others++
		}
	}
	return others < maxHandsOutside, err
}

// absent says whether somebody is known not to be in the nest.
func (s *Service) absent(m Member) bool {
	people, known := s.Presence.Participants(m.Nest)
	return known && !slices.ContainsFunc(people, func(p Participant) bool { return p.Identity == m.Pubkey })
}

// ExpireHands lowers the hands that no presence claims any more, or whose people stayed away for hours, and forgets words about
// hands that are too old to matter.
func (s *Service) ExpireHands(ctx context.Context) error {
	now := s.now()
	var lapsed []Member
	err := s.Store.Read(ctx, func(tx Tx) (err error) {
		lapsed, err = tx.ExpiredHands(now, now-signalFresh, now-handHeld)
		lapsed = slices.DeleteFunc(lapsed, func(m Member) bool { return m == m.expireHand(now, s.absent(m)) })
		return err
	})
	if err != nil || len(lapsed) == 0 {
		return err
	}
	lowered := map[string]bool{}
	err = s.Store.Write(ctx, func(tx Tx) error {
		clear(lowered)
		lapsed, err := tx.ExpiredHands(now, now-signalFresh, now-handHeld)
		if err != nil {
			return err
		}
		for _, before := range lapsed {
			after := before.expireHand(now, s.absent(before))
			if after == before {
				continue
			}
			if err := tx.PutMember(after); err != nil {
				return err
			}
			if before.Hand != after.Hand {
				lowered[before.Nest] = true
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for id := range lowered {
		s.Log.InfoContext(ctx, "hand lowered", "nest", id, "why", "its presence ran out, or its people stayed away")
		s.Wake(id)
	}
	return nil
}
