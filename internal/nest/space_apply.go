package nest

import (
	"context"
	"errors"
	"slices"
	"strings"
)

// Bounds of design.md, in milliseconds.
const (
	plannedAhead = 60_000      // a start further ahead makes a space a planned one
	futureMax    = 15 * 60_000 // no event from further ahead
)

// ApplySpace stores a verified space and applies it to its nest in one transaction. from is the relay it came from, "" when
// it was handed to us; it is not published back there. False means that it changed nothing: not newer, another
// author's, or no nest of ours. Then it may still be stored, as any relay stores it.
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
			_, err = tx.PutEvent(e) // an orphan, or another key's address: stored, never applied
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

// applySpace stores the host's space and, when it is the newest, applies it to n and queues its publication.
func (s *Service) applySpace(tx Tx, n *Nest, space Space, from string, now int64) (bool, error) {
	prev, err := s.newest(tx, *n)
	if err != nil {
		return false, err
	}
	if stored, err := tx.PutEvent(space.Event); err != nil || !stored {
		return false, err
	}
	if err := s.apply(tx, n, prev, space, now); err != nil {
		return false, err
	}
	if err := saveNest(tx, n, now); err != nil {
		return false, err
	}
	return true, s.publish(tx, *n, space.Event, from, now)
}

// newest is the space that n was last set by, nil when there is none.
func (s *Service) newest(tx Tx, n Nest) (*Space, error) {
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
		return nil, nil // what was stored by an older version and no longer parses states nothing
	}
	return &space, nil
}

// apply changes n and its members by what next states against prev, the space before it (design.md §The space and the
// store). A missing tag states nothing. A later API call about the same field wins.
func (s *Service) apply(tx Tx, n *Nest, prev *Space, next Space, now int64) error {
	first := prev == nil
	if first {
		prev = &Space{}
	}
	at := min(next.Event.CreatedAt*1000+999, now) // created_at is whole seconds, chosen by its author
	changed := func(before, after string) bool { return after != "" && after != before }
	emptied := func(name string) bool {
		return slices.Contains(next.Emptied, name) && !slices.Contains(prev.Emptied, name)
	}
	if changed(prev.Title, next.Title) {
		n.Title = next.Title
	}
	if changed(prev.Summary, next.Summary) || emptied("summary") {
		n.Summary = next.Summary
	}
	if changed(prev.Image, next.Image) || emptied("image") {
		n.Image = next.Image
	}
	if changed(prev.Color, next.Color) || emptied("color") {
		n.Color = next.Color
	}
	if len(next.Hashtags) > 0 && !slices.Equal(prev.Hashtags, next.Hashtags) {
		n.Hashtags = next.Hashtags
	}
	if len(next.Relays) > 0 && !slices.Equal(prev.Relays, next.Relays) {
		n.Relays = next.Relays
	}
	if at >= n.AccessAt {
		before := n.Access
		if applyAccess(n, *prev, next, first, at); n.Access == Private && before != Private {
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

// afterStatusChange is for a nest whose space ended it, which is written down, or opens it again, which counts as one more of its host's:
// with too many it stays ended, and its host owes a signature that says so.
func (s *Service) afterStatusChange(tx Tx, before Nest, n *Nest) error {
	switch {
	case before.Status == n.Status:
	case n.Status == Ended:
		return s.audit(tx, AuditEntry{Actor: n.Host, Action: ActionEnd, Nest: n.ID})
	case before.Status == Ended:
		err := s.checkQuota(tx, n.Host)
		if CodeOf(err) != CodeQuota {
			return err
		}
		*n = before
	}
	return nil
}

// applyAccess follows successive spaces that differ in private and open. After one that says neither, as before the first, only
// private counts: nobody loses a closed door by an edit, and a nest made by API is closed by the first word of its host.
func applyAccess(n *Nest, prev, next Space, first bool, at int64) {
	switch {
	case next.Status == SpacePrivate && prev.Status != SpacePrivate && (first || prev.Status != SpaceUnknown):
		n.Access, n.AccessAt = Private, at
	case next.Status == SpaceOpen && prev.Status == SpacePrivate:
		n.Access, n.AccessAt = Open, at
	}
}

// applyStatus is the exception to the diff rule: every newer space states the status.
func applyStatus(n *Nest, prev, next Space, at, now int64) {
	starts := next.Starts
	if starts == 0 {
		starts = n.StartsAt
	}
	ahead := starts > now+plannedAhead
	switch next.Status {
	case SpaceClosed:
		n.setStatus(Ended, at, now)
	case SpacePlanned:
		n.setStatus(Planned, at, now)
	case SpaceOpen, SpacePrivate:
		startsChanged := next.Starts != 0 && next.Starts != prev.Starts
		if ahead && (startsChanged || n.Status == Planned && prev.Status != SpacePlanned) {
			n.setStatus(Planned, at, now)
		} else {
			n.setStatus(Live, at, now)
		}
	}
}

// setStatus moves the nest through its life. A life that ends leaves its room to the loop; a new one never shares it.
func (n *Nest) setStatus(to Status, at, now int64) {
	n.StatusAt = at
	if n.Status == to {
		return
	}
	if to == Ended {
		n.EndedAt = now
		n.dropRoom()
	}
	if n.Status == Ended {
		n.EndedAt = 0
		n.Generation++
	}
	n.Status = to
}

// dropRoom gives up the LiveKit room of this generation.
func (n *Nest) dropRoom() {
	if n.RoomSID != "" {
		n.StaleSID, n.RoomSID = n.RoomSID, ""
	}
}

// applyClaims gives roles that appear and takes roles that disappear. A space without any claim is what clients write that
// know only the host's p tag: it takes nothing.
func (s *Service) applyClaims(tx Tx, n Nest, before, after map[string]Claim, at, now int64) error {
	change := func(pubkey string, give Claim, take Claim) error {
		if pubkey == n.Host {
			return nil
		}
		m, err := tx.Member(n.ID, pubkey)
		if err != nil {
			return err
		}
		before := m
		if at >= m.RoleAt && (give == ClaimAdmin || take == ClaimAdmin) {
			m.Role, m.RoleAt = RoleMember, at
			if give == ClaimAdmin {
				m.Role = RoleAdmin
			}
		}
		if at >= m.StageAt && (give == ClaimSpeaker || take == ClaimSpeaker && give != ClaimAdmin) {
			m.OnStage, m.StageAt = give == ClaimSpeaker, at
			if m.OnStage {
				m.Hand = 0
			}
		}
		if err := s.auditMemberChange(tx, n.Host, before, m); err != nil {
			return err
		}
		m.Updated = now
		return tx.PutMember(m)
	}
	for pubkey, claim := range after {
		if before[pubkey] != claim {
			if err := change(pubkey, claim, before[pubkey]); err != nil {
				return err
			}
		}
	}
	if len(after) == 0 {
		return nil
	}
	for pubkey, claim := range before {
		if _, still := after[pubkey]; !still {
			if err := change(pubkey, ClaimNone, claim); err != nil {
				return err
			}
		}
	}
	return nil
}

// needsSignature says whether the newest space contradicts the row, so that the host must sign once.
func needsSignature(n Nest, space Space) bool {
	switch {
	case space.Status == SpaceUnknown:
		return false
	case n.Status == Ended:
		return space.Status != SpaceClosed
	case space.Status == SpaceClosed:
		return true
	case n.Status == Live && space.Status == SpacePlanned:
		return true
	case n.Access == Private:
		return space.Status == SpaceOpen
	}
	return space.Status == SpacePrivate
}

// updateSignatureDue recomputes the flag after a change by API.
func (s *Service) updateSignatureDue(tx Tx, n *Nest) error {
	space, err := s.newest(tx, *n)
	n.SignatureDue = err == nil && space != nil && needsSignature(*n, *space)
	return err
}

// publish queues a host-signed event for the nest's outside relays, but not for the one it came from. What belongs to a
// private nest never leaves our relay.
func (s *Service) publish(tx Tx, n Nest, e Event, from string, now int64) error {
	if n.Access == Private {
		return nil
	}
	to := slices.DeleteFunc(slices.Clone(n.Relays), func(url string) bool { return url == from || url == s.OwnRelay })
	if len(to) == 0 {
		return nil
	}
	return tx.QueueDeliveries(n.ID, e, to, now)
}

// ApplyDeletion applies a verified kind 5 by which a host deletes the spaces of nests: they end (NIP-09). False when it
// names no space of a nest of this author.
func (s *Service) ApplyDeletion(ctx context.Context, e Event) (bool, error) {
	now := s.now()
	var nests []Nest
	if err := s.CheckBlocked(e.PubKey); err != nil {
		return false, err
	}
	err := s.Store.Write(ctx, func(tx Tx) (err error) {
		if nests, err = deleted(tx, e); err != nil || len(nests) == 0 {
			return err
		}
		if _, err := tx.PutEvent(e); err != nil {
			return err
		}
		for _, n := range nests {
			if err := s.deleteSpace(tx, n, e, now); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return false, err
	}
	for _, n := range nests {
		s.Log.InfoContext(ctx, "space deleted by its host", "nest", n.ID, "event", e.ID)
		s.Wake(n.ID)
	}
	return len(nests) > 0, nil
}

func (s *Service) deleteSpace(tx Tx, n Nest, e Event, now int64) error {
	if err := tx.TombstoneAddress(KindSpace, n.Host, n.ID, e.CreatedAt); err != nil {
		return err
	}
	if err := s.publish(tx, n, e, "", now); err != nil {
		return err
	}
	n.SpaceID, n.SignatureDue = "", false
	if at := min(e.CreatedAt*1000+999, now); at >= n.StatusAt && n.Status != Ended {
		n.setStatus(Ended, at, now)
		if err := s.audit(tx, AuditEntry{Actor: n.Host, Action: ActionEnd, Nest: n.ID}); err != nil {
			return err
		}
	}
	return saveNest(tx, &n, now)
}

// deleted finds the nests whose newest space the deletion names by id or by address, each once.
func deleted(tx Tx, e Event) ([]Nest, error) {
	var nests []Nest
	for _, tag := range e.Tags {
		if len(tag) < 2 {
			continue
		}
		var id string
		switch tag[0] {
		case "e":
			named, err := tx.Event(tag[1])
			if err == nil && named.Kind == KindSpace && named.PubKey == e.PubKey {
				id = named.Tag("d")
			} else if err != nil && !errors.Is(err, ErrNoRow) {
				return nil, err
			}
		case "a":
			if d, his := strings.CutPrefix(tag[1], "30312:"+e.PubKey+":"); his {
				id = d
			}
		}
		if id == "" || slices.ContainsFunc(nests, func(n Nest) bool { return n.ID == id }) {
			continue
		}
		n, err := tx.Nest(id)
		if errors.Is(err, ErrNoRow) || err == nil && n.Host != e.PubKey {
			continue
		} else if err != nil {
			return nil, err
		}
		space, err := tx.Addressable(KindSpace, n.Host, n.ID)
		if err == nil && (tag[0] == "e" && space.ID == tag[1] || tag[0] == "a" && e.CreatedAt >= space.CreatedAt) {
			nests = append(nests, n)
		} else if err != nil && !errors.Is(err, ErrNoRow) {
			return nil, err
		}
	}
	return nests, nil
}
