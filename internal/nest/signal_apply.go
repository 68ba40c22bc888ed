package nest

import (
	"context"
	"errors"
)

// ApplySignal applies a verified presence or speaking event once. from is the relay that the event came from, or ""
// when a client sent the event to this server's relay.
//
// An event from a client is stored in the same transaction, and false means that it was stored before. An event from
// another relay is stored only if it changes who is on stage, so that each applies once, and false means that nothing
// changed.
func (s *Service) ApplySignal(ctx context.Context, e Event, from string) (bool, error) {
	if err := s.CheckBlocked(e.PubKey); err != nil {
		return false, err
	}
	now := s.now()
	signal, isSignal := s.Codec.ParseSignal(e)
	if from != "" {
		if !isSignal {
			return false, nil
		}
		if changes, err := s.wouldChange(ctx, signal, from, now); err != nil || !changes {
			return false, err
		}
	}
	stored := false
	var applied signalEffect
	err := s.Store.Write(ctx, func(tx Tx) (err error) {
		stored, applied = false, signalEffect{}
		if from == "" {
			if stored, err = tx.PutEvent(e); err != nil || !stored || !isSignal {
				return err
			}
		}
		effect, err := s.decideSignal(tx, signal, from, now)
		if err != nil || !effect.changes {
			return err
		}
		if from != "" && effect.movesStage {
			if stored, err = tx.PutEvent(e); err != nil || !stored {
				return err
			}
		}
		applied = effect
		return s.saveEffect(tx, effect, e.PubKey, now)
	})
	if err == nil && applied.isVisible() {
		s.Log.InfoContext(ctx, "signal applied",
			"nest", signal.Nest,
			"signal", string(signal.Type),
			"by", ShortIdentity(e.PubKey),
			"identity", ShortIdentity(signal.Target),
			"event", e.ID,
			"from", from,
		)
		s.Wake(signal.Nest)
	}
	return stored || from != "" && applied.changes, err
}

// wouldChange reports whether a signal changes anything. It only reads: most presences change nothing and need no write
// transaction.
func (s *Service) wouldChange(ctx context.Context, signal Signal, from string, now int64) (bool, error) {
	var effect signalEffect
	err := s.Store.Read(ctx, func(tx Tx) (err error) {
		effect, err = s.decideSignal(tx, signal, from, now)
		return err
	})
	return effect.changes, err
}

// signalEffect is the effect of a signal: a change of at most one member.
type signalEffect struct {
	nest          Nest
	before, after Member
	changes       bool // after is to be stored
	movesStage    bool // onto or off the stage, which changes the nest too
}

// isVisible reports whether people in the nest see the change: a raised or lowered hand, or a move onto or off the
// stage. Other changes, such as a later expiry of a raised hand, are only stored.
func (e signalEffect) isVisible() bool {
	return e.before.Hand != e.after.Hand || e.before.OnStage != e.after.OnStage
}

// decideSignal returns the effect of a signal and changes nothing itself. A signal has none unless its author may
// enter the nest.
func (s *Service) decideSignal(tx Tx, signal Signal, from string, now int64) (e signalEffect, err error) {
	if signal.Event.CreatedAt*1000 > now+futureMax {
		return e, nil
	}
	e.nest, err = tx.Nest(signal.Nest)
	if errors.Is(err, ErrNoRow) {
		return e, nil
	} else if err != nil {
		return e, err
	}
	if e.nest.Host != signal.Host { // another key's address is another nest
		return e, nil
	}
	if e.nest.Access == Private && from != "" { // a private nest accepts signals on this server's relay only
		return e, nil
	}
	by, err := tx.Member(signal.Nest, signal.Event.PubKey)
	if err != nil || authorizeEntry(e.nest, by, false, now) != nil {
		return e, err
	}
	switch signal.Type {
	case SignalHandUp, SignalHandDown, SignalRequest, SignalWithdraw:
		e.before = by
		e.after, e.changes = signal.applyToHand(by, now)
		if e.changes && e.before.Hand == 0 && e.after.Hand != 0 {
			e.changes, err = s.mayRaiseHand(tx, signal.Nest, signal.Target)
		}
	default:
		if e.before, err = tx.Member(signal.Nest, signal.Target); err == nil {
			e.after, e.changes = signal.applyToTarget(by, e.before, now)
			e.movesStage = e.before.OnStage != e.after.OnStage
		}
	}
	return e, err
}

// saveEffect stores the changed member and its audit entries, and the nest if the member moved onto or off the stage.
func (s *Service) saveEffect(tx Tx, e signalEffect, author string, now int64) error {
	if err := tx.PutMember(e.after); err != nil {
		return err
	}
	if err := s.auditMemberChange(tx, author, e.before, e.after); err != nil {
		return err
	}
	if !e.movesStage {
		return nil
	}
	return saveNest(tx, &e.nest, now) // the speakers in info are part of the nest
}
