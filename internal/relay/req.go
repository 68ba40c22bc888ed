package relay

import (
	"context"
	"slices"

	"nests/internal/nest"
	"nests/internal/nip"
)

// handleReq answers a REQ: stored events, EOSE, then live events until CLOSE. It subscribes before it reads the
// store, so that no event is missed in between; a client may receive such an event twice.
func (c *conn) handleReq(ctx context.Context, m message) {
	id := m.text(0)
	filters, err := c.readFilters(ctx, m)
	if err == nil {
		err = c.subscriptions.set(id, filters, c.relay.config.Limits)
	}
	if err == nil {
		err = c.sendStored(ctx, id, filters)
	}
	if err != nil {
		c.subscriptions.remove(id)
		c.answerClosed(ctx, id, err)
		return
	}
	c.answer(ctx, "EOSE", id)
}

func (c *conn) answerClosed(ctx context.Context, id string, err error) {
	text := c.relay.reason(ctx, err)
	if prefixOf(err) == "auth-required" {
		c.answer(ctx, "AUTH", c.challenge)
	}
	c.answer(ctx, "CLOSED", id, text)
}

// readFilters parses the filters of a REQ or COUNT, and refuses those that name a private nest without access.
func (c *conn) readFilters(ctx context.Context, m message) ([]filter, error) {
	limits := c.relay.config.Limits
	if id := m.text(0); id == "" || len(id) > maxSubscriptionID {
		return nil, refusef("invalid", "a subscription id has 1 to %d characters", maxSubscriptionID)
	}
	if len(m.args) < 2 || len(m.args) > 1+limits.Filters {
		return nil, refusef("invalid", "a subscription has 1 to %d filters", limits.Filters)
	}
	if err := c.allowRequest(); err != nil {
		return nil, err
	}
	filters := make([]filter, len(m.args)-1)
	for i, raw := range m.args[1:] {
		f, err := parseFilter(raw, limits)
		if err == nil {
			err = c.authorizeFilter(ctx, f)
		}
		if err != nil {
			return nil, err
		}
		filters[i] = f
	}
	return filters, nil
}

// allowRequest counts a request against the limits of the connection and of its address.
func (c *conn) allowRequest() error {
	if !c.requests.Allow() || !c.peerMay(c.relay.requests) {
		return refusef("rate-limited", "too many requests, wait a moment")
	}
	return nil
}

// authorizeFilter refuses a filter that names a private nest to which no proven key of the client has access. Other
// filters are answered without the events of private nests.
func (c *conn) authorizeFilter(ctx context.Context, f filter) error {
	var addresses []nip.Address
	for _, value := range f.Tags["a"] {
		if a, err := nip.ParseAddress(value); err == nil && nest.IsID(a.D) {
			addresses = append(addresses, a)
		}
	}
	if slices.Contains(f.Kinds, nest.KindSpace) {
		for _, author := range f.Authors {
			for _, d := range f.Tags["d"] {
				if nest.IsID(d) {
					addresses = append(addresses, nip.Address{Kind: nest.KindSpace, Pubkey: author, D: d})
				}
			}
		}
	}
	if len(addresses) > c.relay.config.Limits.FilterValues {
		return refusef("invalid", "a filter names too many addresses")
	}
	nests, err := c.relay.privateAt(ctx, addresses)
	if err != nil {
		return err
	}
	keys := c.provenKeys()
	for _, n := range nests {
		inside, err := c.relay.hasAccess(ctx, n, keys)
		switch {
		case err != nil:
			return err
		case !inside && len(keys) == 0:
			return refusef("auth-required", "this nest is private, prove who you are")
		case !inside:
			return refusef("restricted", "this nest is private")
		}
	}
	return nil
}

// sendStored sends the stored events that the filters match, each once.
func (c *conn) sendStored(ctx context.Context, id string, filters []filter) error {
	sent := map[string]bool{}
	for _, f := range filters {
		if f.liveOnly || f.matchesNothing {
			continue
		}
		for _, e := range c.relay.signerMessages.matching(f, c.relay.config.Now()) {
			if !sent[e.ID] {
				sent[e.ID] = true
				c.send(ctx, eventMessage(id, encodeEvent(e)))
			}
		}
		events, err := c.relay.query(ctx, f.EventFilter)
		if err != nil {
			return err
		}
		for i, e := range events {
			events[i] = nest.Event{} // frees what is sent while a slow client reads
			if sent[e.ID] {
				continue
			}
			sent[e.ID] = true
			private, err := c.relay.privateNestsOf(ctx, e)
			if err != nil {
				return err
			}
			if c.relay.maySee(ctx, c.provenKeys(), e, private) {
				c.send(ctx, eventMessage(id, encodeEvent(e)))
			}
		}
	}
	return ctx.Err()
}

// query reads events from the store within the time limit, without expired ones (NIP-40).
func (r *Relay) query(ctx context.Context, f nest.EventFilter) ([]nest.Event, error) {
	ctx, cancel := context.WithTimeout(ctx, r.config.Limits.Query)
	defer cancel()
	events, err := r.config.Store.QueryEvents(ctx, f)
	now := r.config.Now()
	return slices.DeleteFunc(events, func(e nest.Event) bool { return isExpired(e, now) }), err
}

// handleCount answers a COUNT (NIP-45) whose filters name nests. A count over all nests would reveal private ones.
func (c *conn) handleCount(ctx context.Context, m message) {
	id := m.text(0)
	filters, err := c.readFilters(ctx, m)
	total := 0
	for _, f := range filters {
		if len(f.Tags["a"]) == 0 {
			err = refusef("unsupported", "COUNT needs #a in every filter")
		}
		if err != nil || f.matchesNothing {
			continue
		}
		queryCtx, cancel := context.WithTimeout(ctx, c.relay.config.Limits.Query)
		n, countErr := c.relay.config.Store.CountEvents(queryCtx, f.EventFilter)
		cancel()
		total, err = total+n, countErr
	}
	if err != nil {
		c.answerClosed(ctx, id, err)
		return
	}
	c.answer(ctx, "COUNT", id, map[string]int{"count": total})
}
