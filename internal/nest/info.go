package nest

import (
	"context"
	"encoding/json"
	"slices"
)

// View is the public part of a nest. A private nest shows it to members with access.
type View struct {
	Nest       Nest
	Speakers   []string // all members on stage, the host first; never nil
	Admins     []string // the host, then moderators; never nil
	Link       string   // naddr of the space
	Count      int      // participants as last observed
	CountKnown bool     // false while LiveKit does not respond
	OnStage    int      // number of Speakers who are connected
}

// Info returns a nest that has not ended. A private nest needs access or a valid invite. Info works without LiveKit.
func (s *Service) Info(ctx context.Context, id string, c Caller) (View, error) {
	var n Nest
	var members []Member
	err := s.read(ctx, id, func(tx Tx) (err error) {
		if n, err = tx.Nest(id); err != nil {
			return err
		}
		if n.Status == Ended {
			return ended(n)
		}
		if err := s.authorizeRead(tx, n, c); err != nil {
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
	participants, isKnown := s.Presence.Participants(n.ID)
	v.CountKnown = isKnown
	isConnected := make(map[string]bool, len(participants))
	for _, p := range participants {
		if isPerson(p.Identity) && !isConnected[p.Identity] {
			isConnected[p.Identity] = true
			v.Count++
		}
	}
	now := s.now()
	for _, m := range members {
		if m.BannedNow(now) { // a space may still name a banned member
			continue
		}
		if m.Moderates() {
			v.Admins = addMember(v.Admins, m)
		}
		if m.OnStage {
			v.Speakers = addMember(v.Speakers, m)
			if isConnected[m.Pubkey] {
				v.OnStage++
			}
		}
	}
	return v
}

// addMember adds the host's key in front, and any other at the end.
func addMember(pubkeys []string, m Member) []string {
	if m.Role == RoleHost {
		return slices.Insert(pubkeys, 0, m.Pubkey)
	}
	return append(pubkeys, m.Pubkey)
}

// headroom is how far LiveKit's limit of a room lies above MaxParticipants: one recorder, and moderators, who are never
// refused. It is the same for all nests, because LiveKit cannot change the limit of a room.
const headroom = 1 + 15

// Room returns the desired state of the nest's LiveKit room.
func (s *Service) Room(n Nest, members []Member) Room {
	v := s.view(n, members)
	metadata, err := json.Marshal(roomMetadata{
		Host:      n.Host,
		Speakers:  v.Speakers,
		Admins:    v.Admins,
		Link:      v.Link,
		Recording: n.Recording,
		Server:    s.ServerID,
	})
	if err != nil {
		panic("nest: room metadata of plain strings does not encode: " + err.Error())
	}
	room := Room{Name: n.ID, Metadata: string(metadata)}
	if s.MaxParticipants > 0 {
		room.MaxParticipants = s.MaxParticipants + headroom
	}
	return room
}
