package nest

import (
	"context"
	"errors"
	"slices"
)

// Bounds of times in events, in milliseconds.
const (
	plannedAhead = 60_000      // a nest whose start lies further ahead is planned
	futureMax    = 15 * 60_000 // an event from further ahead is refused
)

// ApplySpace stores a verified space and applies it to its nest in one transaction. from is the relay on which the
// space was seen, to which it is not published again, or "" when a client sent it here.
//
// False means that no nest changed, because the space is not newer, has another author, or belongs to no nest of this
// server. It may be stored nevertheless, as on any relay.
func (s *Service) ApplySpace(ctx context.Context, e Event, from string) (bool, error) {
	now := s.now()
	space, err := s.checkSpace(e, now)
	if err == nil {
		err = s.CheckBlocked(e.PubKey)
	}
	if err != nil {
		return false, err
	}
	applied := false
	err = s.Store.Write(ctx, func(tx Tx) error {
		applied = false
		n, err := tx.Nest(space.ID)
		if errors.Is(err, ErrNoRow) || err == nil && n.Host != space.Host {
			_, err = tx.PutEvent(e) // no nest has this address: stored, never applied
			return err
		} else if err != nil {
			return err
		}
		applied, err = s.applySpace(tx, &n, space, from, now)
		return err
	})
	if applied {
		s.Log.InfoContext(ctx, "space applied", "nest", space.ID, "event", e.ID, "from", from)
		s.Wake(space.ID)
	}
	return applied, err
}

// applySpace stores the host's space. If it is the newest, it also applies it to n and queues its publication.
func (s *Service) applySpace(tx Tx, n *Nest, space Space, from string, now int64) (bool, error) {
	prev, err := s.currentSpace(tx, *n)
	if err != nil {
		return false, err
	}
	if stored, err := tx.PutEvent(space.Event); err != nil || !stored {
		return false, err
	}
	if err := s.applyChanges(tx, n, prev, space, now); err != nil {
		return false, err
	}
	if err := saveNest(tx, n, now); err != nil {
		return false, err
	}
	return true, s.queueDeliveries(tx, *n, space.Event, from, now)
}

// currentSpace is the space by which n was last set, or nil without one.
func (s *Service) currentSpace(tx Tx, n Nest) (*Space, error) {
	if n.SpaceID == "" {
		return nil, nil
	}
	e, err := tx.Event(n.SpaceID)
	if errors.Is(err, ErrNoRow) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	space, err := s.Codec.ParseSpace(e)
	if err != nil {
		return nil, nil // an older version stored an event that no longer parses; it states nothing
	}
	return &space, nil
}

// applyChanges applies to n and its members what next changes against prev, the space before it (nil for the first). A
// missing tag changes nothing, because clients publish edits with fewer tags. A later API call about the same field
// wins.
func (s *Service) applyChanges(tx Tx, n *Nest, prev *Space, next Space, now int64) error {
	isFirst := prev == nil
	if isFirst {
		prev = &Space{}
	}
	at := statedAt(next.Event, now)
	applyTexts(n, *prev, next)
	if at >= n.AccessAt {
		before := n.Access
		applyAccess(n, *prev, next, isFirst, at)
		if n.Access == Private && before != Private {
			if err := tx.CancelDeliveries(n.ID); err != nil {
				return err
			}
		}
	}
	if at >= n.StatusAt {
		before := *n
		applyStatus(n, *prev, next, at, now)
		if err := s.afterStatusChange(tx, before, n); err != nil {
			return err
		}
	}
	if next.Starts != 0 && next.Starts != prev.Starts {
		n.StartsAt = next.Starts
	}
	n.SpaceID = next.Event.ID
	n.SignatureDue = needsSignature(*n, next)
	return s.applyClaims(tx, *n, prev.Claims, next.Claims, at, now)
}

// statedAt is the time of an event's statements, in unix ms. created_at has whole seconds and is chosen by the author.
func statedAt(e Event, now int64) int64 { return min(e.CreatedAt*1000+999, now) }

// applyTexts applies the fields that have no time of their own.
func applyTexts(n *Nest, prev, next Space) {
	changed := func(before, after string) bool { return after != "" && after != before }
	cleared := func(tag string) bool {
		return slices.Contains(next.Cleared, tag) && !slices.Contains(prev.Cleared, tag)
	}
	if changed(prev.Title, next.Title) {
		n.Title = next.Title
	}
	if changed(prev.Summary, next.Summary) || cleared("summary") {
		n.Summary = next.Summary
	}
	if changed(prev.Image, next.Image) || cleared("image") {
		n.Image = next.Image
	}
	if changed(prev.Color, next.Color) || cleared("color") {
		n.Color = next.Color
	}
	if len(next.Hashtags) > 0 && !slices.Equal(prev.Hashtags, next.Hashtags) {
		n.Hashtags = next.Hashtags
	}
	if len(next.Relays) > 0 && !slices.Equal(prev.Relays, next.Relays) {
		n.Relays = next.Relays
	}
}

// applyAccess changes access only when two successive spaces differ in private and open. The first space, and one that
// follows a planned or closed space, can only make the nest private: no edit opens a private nest by accident, and the
// host's first space can make a nest private that was created by API. After a space without a known status, access
// stays.
func applyAccess(n *Nest, prev, next Space, isFirst bool, at int64) {
	isComparable := isFirst || prev.Status != SpaceUnknown
	switch {
	case next.Status == SpacePrivate && prev.Status != SpacePrivate && isComparable:
		n.Access, n.AccessAt = Private, at
	case next.Status == SpaceOpen && prev.Status == SpacePrivate:
		n.Access, n.AccessAt = Open, at
	}
}
