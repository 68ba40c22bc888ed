package nest

import (
	"context"
	"errors"
	"slices"
)

// CreateRequest asks for a new nest. Space is optional: a verified event that is stored, applied and queued for its
// relays in the same transaction.
type CreateRequest struct {
	Host     string
	Relays   []string // normalised ws and wss URLs
	HLS      bool
	Space    *Event
	RoomID   string // only with Space; "" means its d tag
	Access   Access // "": as Space states, else open
	Guests   *bool  // nil: yes
	StartsAt int64  // unix ms; 0: now
}

// Entry is the result of creating, joining or restarting a nest.
type Entry struct {
	Nest      Nest
	Admission Admission
	Message   string
}

// Create stores a nest and admits its host. When the same host creates the same id again, the existing nest is
// returned.
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
		return Entry{}, invalid("relays", "Too many relays", "Send at most 20.")
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
	var stored *Event // sent to subscribers after the commit
	err = s.Store.Write(ctx, func(tx Tx) error {
		stored = nil
		old, err := tx.Nest(id)
		switch {
		case err == nil:
			var applied bool
			if n, applied, err = s.createExisting(tx, old, r.Host, space, now); err == nil {
				if applied {
					stored = r.Space
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
		n = newNest(id, r, now)
		host, err = s.createRows(tx, &n, space, now)
		if err == nil && n.Status == Ended {
			return invalidEvent("A newer event states that this nest has ended", "Sign a new event with status open.")
		}
		if r.Space != nil && n.SpaceID == r.Space.ID {
			stored = r.Space
		}
		return err
	})
	if err != nil {
		return Entry{}, err
	}
	s.Log.InfoContext(ctx, "nest stored", "nest", n.ID, "status", n.Status, "space", n.SpaceID != "")
	s.Wake(n.ID)
	s.broadcast(ctx, stored)
	return Entry{Nest: n, Admission: admission(n, host, n.Host)}, nil
}

// newNest is the row of a requested nest. StatusAt stays zero, so that the request's space can state the status.
func newNest(id string, r CreateRequest, now int64) Nest {
	n := Nest{
		ID:         id,
		Host:       r.Host,
		Status:     Live,
		Access:     Open,
		Guests:     r.Guests == nil || *r.Guests,
		Relays:     r.Relays,
		HLS:        r.HLS,
		StartsAt:   r.StartsAt,
		CreatedAt:  now,
		Generation: 1,
	}
	if r.StartsAt > now+plannedAhead {
		n.Status = Planned
	}
	if r.Access != "" {
		n.Access, n.AccessAt = r.Access, now
	}
	return n
}

// createRows stores a new nest, its host and, if given, its space. The space states status and access unless n has
// their times.
func (s *Service) createRows(tx Tx, n *Nest, space *Space, now int64) (Member, error) {
	host := Member{
		Nest:    n.ID,
		Pubkey:  n.Host,
		Role:    RoleHost,
		OnStage: true,
		RoleAt:  now,
		StageAt: now,
		Updated: now,
	}
	if space == nil {
		n.StatusAt = now
	}
	if err := saveNest(tx, n, now); err != nil { // before the rows that refer to it
		return host, err
	}
	if err := tx.PutMember(host); err != nil || space == nil {
		return host, err
	}
	relays := n.Relays
	applied, err := s.applySpace(tx, n, *space, "", now)
	if err == nil && !applied { // this server's relay already stores this space or a newer one
		err = s.applyStoredSpace(tx, n, space, now)
	}
	if err != nil {
		return host, err
	}
	n.Relays = union(relays, n.Relays)
	if n.StatusAt == 0 { // the space states no status
		n.StatusAt = now
	}
	if err := saveNest(tx, n, now); err != nil {
		return host, err
	}
	return host, s.queueDeliveries(tx, *n, space.Event, "", now)
}

// applyStoredSpace replaces space by the newest stored one and applies it to a new nest.
func (s *Service) applyStoredSpace(tx Tx, n *Nest, space *Space, now int64) error {
	newest, err := tx.Addressable(KindSpace, n.Host, n.ID)
	if errors.Is(err, ErrNoRow) {
		return invalidEvent("The author deleted this event", "Sign a new one.")
	} else if err != nil {
		return err
	}
	if *space, err = s.Codec.ParseSpace(newest); err != nil {
		return err
	}
	return s.applyChanges(tx, n, nil, *space, now)
}

// createSpace parses and checks the space of a create request; nil without one.
func (s *Service) createSpace(r CreateRequest, now int64) (*Space, error) {
	if r.Space == nil {
		if r.RoomID != "" {
			return nil, invalid("room_id", "room_id needs the signed space event", "Send event, or leave room_id out.")
		}
		return nil, nil
	}
	space, err := s.checkSpace(*r.Space, now)
	if err != nil {
		return nil, err
	}
	switch {
	case space.Host != r.Host:
		return nil, invalidEvent("The space and the request are signed by different keys",
			"Sign both with the host's key.")
	case !IsID(space.ID):
		return nil, invalidEvent("The space's d tag is not a lower-case UUID", "Use a fresh UUID as d.")
	case r.RoomID != "" && r.RoomID != space.ID:
		return nil, invalidEvent("room_id differs from the space's d tag", "Leave room_id out, or send the same id.")
	case !s.Codec.NamesThisServer(space.Service):
		return nil, invalidEvent("The space's service tag does not name this server",
			"Take the service from /api/v1/config.")
	case space.Status == SpaceClosed:
		return nil, invalidEvent("The space states that it has ended", "Sign one with status open.")
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
		return Space{}, invalidEvent("The event's created_at is more than 15 minutes in the future",
			"Correct the clock of the signing device.")
	}
	return space, nil
}

// createExisting applies the space of a repeated create call to the existing nest.
func (s *Service) createExisting(tx Tx, n Nest, host string, space *Space, now int64) (Nest, bool, error) {
	switch {
	case n.Host != host:
		return n, false, errIDTaken("This id belongs to another host's nest")
	case n.Status == Ended:
		return n, false, ended(n)
	}
	applied, err := s.applySpace(tx, &n, *space, "", now)
	return n, applied, err
}

// checkIDFree refuses an id for which another key has published a space with this server as service.
func (s *Service) checkIDFree(tx Tx, id, host string) error {
	events, err := tx.SpacesOf(id)
	if err != nil {
		return err
	}
	for _, e := range events {
		other, err := s.Codec.ParseSpace(e)
		if err == nil && other.Host != host && s.Codec.NamesThisServer(other.Service) {
			return errIDTaken("Another key has announced a nest with this id on this server")
		}
	}
	return nil
}

func errIDTaken(message string) error {
	return &Error{Code: CodeIDTaken, Message: message, Hint: "Sign the space with a fresh UUID as d."}
}

// saveNest stores a change of a nest's intent. Every such change goes through it, so that the revision grows.
func saveNest(tx Tx, n *Nest, now int64) error {
	n.Revision++
	n.UpdatedAt = now
	n.MeetingDue = n.MeetingDue || n.SpaceID != "" || n.Status == Ended // a nest without a space has no meetings
	return tx.PutNest(*n)
}

// union returns the relays of a, then those that only b has, up to RelaysMax.
func union(a, b []string) []string {
	out := slices.Clone(a)
	for _, x := range b {
		if !slices.Contains(out, x) && len(out) < RelaysMax {
			out = append(out, x)
		}
	}
	return out
}
