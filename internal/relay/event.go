package relay

import (
	"context"
	"errors"

	"nests/internal/nest"
	"nests/internal/nip"
)

// handleEvent answers an EVENT.
func (c *conn) handleEvent(ctx context.Context, m message) {
	if len(m.args) != 1 {
		c.notice(ctx, refusef("invalid", "EVENT carries one event"))
		return
	}
	e, err := nip.Parse(m.args[0])
	id := e.ID
	if err != nil {
		id = eventID(m.args[0])
	} else {
		err = c.acceptEvent(ctx, e)
	}
	refused := c.answerOK(ctx, id, err)
	if c.relay.config.OnAnswered != nil {
		c.relay.config.OnAnswered(refused)
	}
}

// acceptEvent checks an event, the cheap checks first, and stores it.
func (c *conn) acceptEvent(ctx context.Context, e nest.Event) error {
	r := c.relay
	ctx, cancel := context.WithTimeout(ctx, r.config.Limits.Query)
	defer cancel()
	if err := acceptable(e, r.config.Now()); err != nil {
		return err
	}
	if !c.peerMay(r.peers) {
		return refusef("rate-limited", "too many events from this address, wait a moment")
	}
	if e.Kind == nest.KindReport && !c.peerMay(r.reports) {
		return refusef("rate-limited", "too many reports from this address, wait some minutes")
	}
	if err := c.checkProtected(e); err != nil {
		return err
	}
	// The signature comes before the rate limit of the key. Otherwise anyone could use up the limit of another user.
	if err := nip.Verify(e); err != nil {
		return err
	}
	if err := r.config.Domain.CheckBlocked(e.PubKey); err != nil {
		return err
	}
	if have, err := r.isStored(ctx, e.ID); err != nil {
		return err
	} else if have {
		return refusef("duplicate", "the event is stored already")
	}
	if !r.keys.Allow(e.PubKey) {
		return refusef("rate-limited", "too many events by this key, wait a moment")
	}
	facts, err := r.facts(ctx, e)
	if err != nil {
		return err
	}
	if err := Policy(e, facts); err != nil {
		return err
	}
	err = r.store(ctx, e)
	if err == nil {
		c.rememberAuthor(e.PubKey)
	}
	return err
}

// checkProtected refuses a protected event unless its author sends it (NIP-70).
func (c *conn) checkProtected(e nest.Event) error {
	for _, tag := range e.Tags {
		if len(tag) == 1 && tag[0] == "-" {
			return c.requireAuthor(e)
		}
	}
	return nil
}

func (c *conn) requireAuthor(e nest.Event) error {
	keys := c.provenKeys()
	for _, key := range keys {
		if key == e.PubKey {
			return nil
		}
	}
	if len(keys) == 0 {
		return refusef("auth-required", "the event is protected, prove that you are its author")
	}
	return refusef("restricted", "the event is protected, only its author may send it")
}

func (r *Relay) isStored(ctx context.Context, id string) (bool, error) {
	have := false
	err := r.config.Store.Read(ctx, func(tx Tx) error {
		_, err := tx.Event(id)
		have = err == nil
		if errors.Is(err, nest.ErrNoRow) {
			return nil
		}
		return err
	})
	return have, err
}

// store passes an event to the domain, which stores, applies and broadcasts it. Messages of remote signers (NIP-46)
// are never stored: the relay only forwards them.
func (r *Relay) store(ctx context.Context, e nest.Event) error {
	if isEphemeral(e.Kind) {
		r.signerMessages.add(e, r.config.Now())
		r.Broadcast(ctx, e)
		return nil
	}
	isNew, err := r.config.Domain.Receive(ctx, e, "")
	if err == nil && !isNew {
		err = r.notStoredReason(ctx, e)
	}
	return err
}
