package nest

import (
	"context"
	"encoding/json"
)

// View is what a visitor may know of a nest: anyone, unless it is private.
type View struct {
	Nest       Nest
	Speakers   []string // everyone on stage, the host first; never nil
	Admins     []string // the host, then moderators; never nil
	Link       string   // naddr of the space
	Count      int      // people inside, by the last observation
	CountKnown bool     // false while LiveKit does not answer
	OnStage    int      // how many of Speakers are inside
}

// Info is the door that everybody knocks at first; a private nest opens it to those inside and to the invited. It needs no LiveKit: what it tells is in the store.
func (s *Service) Info(ctx context.Context, id string, v Caller) (View, error) {
	var n Nest
	var members []Member
	err := s.read(ctx, id, func(tx Tx) (err error) {
		if n, err = tx.Nest(id); err != nil {
			return err
		}
		if n.Status == Ended {
			return ended(n)
		}
		if err := s.authorizeRead(tx, n, v); err != nil {
			return err
		}
		members, err = tx.Members(id)
		return err
	})
	if err != nil {
		return View{}, err
	}
	return s.view(n, members), nil
}

func (s *Service) view(n Nest, members []Member) View {
	v := View{Nest: n, Speakers: []string{}, Admins: []string{}, Link: s.Codec.Link(n)}
	inside, known := s.Presence.Participants(n.ID)
	v.CountKnown = known
	present := make(map[string]bool, len(inside))
	for _, p := range inside {
		if isPerson(p.Identity) && !present[p.Identity] {
			present[p.Identity] = true
			v.Count++
		}
	}
	now := s.now()
	for _, m := range members {
		if m.BannedNow(now) { // a space may still name them
			continue
		}
		if m.Role == RoleHost && len(v.Admins) > 0 {
			v.Admins = append([]string{m.Pubkey}, v.Admins...)
		} else if m.Moderates() {
			v.Admins = append(v.Admins, m.Pubkey)
		}
		if !m.OnStage {
			continue
		}
		if m.Role == RoleHost && len(v.Speakers) > 0 {
			v.Speakers = append([]string{m.Pubkey}, v.Speakers...)
		} else {
			v.Speakers = append(v.Speakers, m.Pubkey)
		}
		if present[m.Pubkey] {
			v.OnStage++
		}
	}
	return v
}

// headroom is how many LiveKit lets into a room beyond what a door counts: the recorder, and moderators, who are never refused.
// It is the same for every nest, because LiveKit cannot change the limit of a room.
const headroom = 1 + 15

// Room is what the nest's LiveKit room must be.
func (s *Service) Room(n Nest, members []Member) Room {
	v := s.view(n, members)
	metadata, err := json.Marshal(roomMetadata{Host: n.Host, Speakers: v.Speakers, Admins: v.Admins, Link: v.Link,
		Recording: n.Recording, Server: s.ServerID})
	if err != nil {
		panic("nest: room metadata of plain strings does not encode: " + err.Error())
	}
	room := Room{Name: n.ID, Metadata: string(metadata)}
	if s.MaxParticipants > 0 {
		room.MaxParticipants = s.MaxParticipants + headroom
	}
	return room
}
