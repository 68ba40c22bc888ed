package nest

import (
	"context"
	"errors"
	"slices"
)

// CreateRequest asks for a new nest. Space, when given, is a verified event that is stored, applied and queued for its relays
// in the same transaction.
type CreateRequest struct {
	Host     string
	Relays   []string // normalised ws and wss URLs
	HLS      bool
	Space    *Event
	RoomID   string // only with Space; "" means its d tag
	Access   Access // "": open, or what Space says
	Guests   *bool  // nil: yes
	StartsAt int64  // unix ms; 0: now
}

// Entry is a door that opened: the nest and the pass from which a token is minted.
type Entry struct {
	Nest      Nest
	Admission Admission
	Message   string
}

// Create stores a nest and lets its host in. Created again by the same host under the same id it is the same nest.
func (s *Service) Create(ctx context.Context, r CreateRequest) (Entry, error) {
	now := s.now()
	space, err := s.createSpace(r, now)
	if err != nil {
		return Entry{}, err
	}
	if err := s.authorizeCreate(ctx, r.Host); err != nil {
		return Entry{}, err
	}
	if len(r.Relays) > RelaysMax {
		return Entry{}, invalid("relays", "Too many relays", "Name at most 20.")
	}
	if len(r.Relays) == 0 && (space == nil || len(space.Relays) == 0) {
		r.Relays = s.DefaultRelays
	}
	id := s.NewID()
	if space != nil {
		id = space.ID
	}
	var n Nest
	var host Member
	var shown *Event
	err = s.Store.Write(ctx, func(tx Tx) error {
		shown = nil
		old, err := tx.Nest(id)
		switch {
		case err == nil:
			var applied bool
			if n, applied, err = s.createExisting(tx, old, r.Host, space, now); err == nil {
				if applied {
					shown = r.Space
				}
				host, err = tx.Member(id, r.Host)
			}
			return err
		case !errors.Is(err, ErrNoRow):
			return err
		}
		if err := s.checkQuota(tx, r.Host); err != nil {
			return err
		}
		if space != nil {
			if err := s.checkIDFree(tx, id, r.Host); err != nil {
				return err
			}
		}
		n = Nest{ID: id, Host: r.Host, Status: Live, Access: Open, Guests: r.Guests == nil || *r.Guests, Relays: r.Relays, HLS: r.HLS,
			StartsAt: r.StartsAt, CreatedAt: now, Generation: 1}
		if r.StartsAt > now+plannedAhead {
			n.Status = Planned
		}
		if r.Access != "" {
			n.Access, n.AccessAt = r.Access, now
		}
		host, err = s.createRows(tx, &n, space, now)
		if err == nil && n.Status == Ended {
			return invalidEvent("A newer event says that this nest has ended", "Sign one with status open.")
		}
		if r.Space != nil && n.SpaceID == r.Space.ID {
			shown = r.Space
		}
		return err
	})
	if err != nil {
		return Entry{}, err
	}
	s.Log.InfoContext(ctx, "nest stored", "nest", n.ID, "status", n.Status, "space", n.SpaceID != "")
	s.Wake(n.ID)
	s.broadcast(ctx, shown)
	return Entry{Nest: n, Admission: admission(n, host, n.Host)}, nil
}

// createRows writes a new nest with its host and, when there is one, its space, which then states status and access where the call
// did not: n comes without StatusAt.
func (s *Service) createRows(tx Tx, n *Nest, space *Space, now int64) (Member, error) {
	host := Member{Nest: n.ID, Pubkey: n.Host, Role: RoleHost, OnStage: true, RoleAt: now, StageAt: now, Updated: now}
	if space == nil {
		n.StatusAt = now
	}
	if err := saveNest(tx, n, now); err != nil { // first, because the other rows refer to it
		return host, err
	}
	if err := tx.PutMember(host); err != nil || space == nil {
		return host, err
	}
	relays := n.Relays
	applied, err := s.applySpace(tx, n, *space, "", now)
	if err == nil && !applied { // our relay holds a newer one, or this very one, already
		var newest Event
		if newest, err = tx.Addressable(KindSpace, n.Host, n.ID); errors.Is(err, ErrNoRow) {
			return host, invalidEvent("This event was deleted by its author", "Sign a new one.")
		} else if err == nil {
			*space, err = s.Codec.ParseSpace(newest)
		}
		if err == nil {
			err = s.applyChanges(tx, n, nil, *space, now)
		}
	}
	if err != nil {
		return host, err
	}
	n.Relays = union(relays, n.Relays)
	if n.StatusAt == 0 { // it states none
		n.StatusAt = now
	}
	if err := saveNest(tx, n, now); err != nil {
		return host, err
	}
	return host, s.queueDeliveries(tx, *n, space.Event, "", now)
}

// createSpace checks the space of a create request before anything is stored.
func (s *Service) createSpace(r CreateRequest, now int64) (*Space, error) {
	if r.Space == nil {
		if r.RoomID != "" {
			return nil, invalid("room_id", "A chosen room_id needs the signed space event", "Send event, or leave room_id out.")
		}
		return nil, nil
	}
	space, err := s.checkSpace(*r.Space, now)
	if err != nil {
		return nil, err
	}
	switch {
	case space.Host != r.Host:
		return nil, invalidEvent("The space is signed by another key than the request", "Sign both with the host's key.")
	case !IsID(space.ID):
		return nil, invalidEvent("The space's d tag is not a lower-case UUID", "Use a fresh UUID as d.")
	case r.RoomID != "" && r.RoomID != space.ID:
		return nil, invalidEvent("room_id differs from the space's d tag", "Leave room_id out, or make them equal.")
	case !s.Codec.NamesThisServer(space.Service):
		return nil, invalidEvent("The space's service tag does not name this server", "Take the service from /api/v1/config.")
	case space.Status == SpaceClosed:
		return nil, invalidEvent("The space says that it has ended", "Sign one with status open.")
	}
	return &space, nil
}

// checkSpace parses a space and refuses one from the future.
func (s *Service) checkSpace(e Event, now int64) (Space, error) {
	space, err := s.Codec.ParseSpace(e)
	if err != nil {
		return Space{}, err
	}
	if e.CreatedAt*1000 > now+futureMax {
		return Space{}, invalidEvent("The event's created_at lies more than 15 minutes ahead", "Set the clock of the signing device.")
	}
	return space, nil
}

func (s *Service) createExisting(tx Tx, n Nest, host string, space *Space, now int64) (Nest, bool, error) {
	switch {
	case n.Host != host:
		return n, false, &Error{Code: CodeIDTaken, Message: "This id belongs to another host's nest", Hint: "Sign the space with a fresh UUID as d."}
	case n.Status == Ended:
		return n, false, ended(n)
	}
	applied, err := s.applySpace(tx, &n, *space, "", now)
	return n, applied, err
}

// checkIDFree refuses an id for which our relay holds a space of ours by another key.
func (s *Service) checkIDFree(tx Tx, id, host string) error {
	events, err := tx.SpacesOf(id)
	if err != nil {
		return err
	}
	for _, e := range events {
		other, err := s.Codec.ParseSpace(e)
		if err == nil && other.Host != host && s.Codec.NamesThisServer(other.Service) {
			return &Error{Code: CodeIDTaken, Message: "Another key has announced a nest with this id here", Hint: "Sign the space with a fresh UUID as d."}
		}
	}
	return nil
}

// saveNest writes a changed nest. It is the only way a nest is written, so that the revision grows at every change.
func saveNest(tx Tx, n *Nest, now int64) error {
	n.Revision++
	n.UpdatedAt = now
	n.MeetingDue = n.MeetingDue || n.SpaceID != "" || n.Status == Ended // a nest that nobody announced has no meetings
	return tx.PutNest(*n)
}

// union keeps the order of a, then of what only b has, within the bound of a nest.
func union(a, b []string) []string {
	out := slices.Clone(a)
	for _, x := range b {
		if !slices.Contains(out, x) && len(out) < RelaysMax {
			out = append(out, x)
		}
	}
	return out
}
