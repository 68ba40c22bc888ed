package nest

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// generationsBack is how many earlier lives are looked at for one that nobody said the end of.
const generationsBack = 10

// MeetingsDue are the nests whose meeting event is to be looked at.
func (s *Service) MeetingsDue(ctx context.Context) (ids []string, err error) {
	err = s.Store.Read(ctx, func(tx Tx) (err error) {
		ids, err = tx.MeetingsDue()
		return err
	})
	return ids, err
}

// PublishMeeting brings the meeting event of a nest up to date: signed by the server, stored, shown on our relay and owed to the
// nest's others in one transaction. Called again it says nothing new. An unknown nest is fine.
func (s *Service) PublishMeeting(ctx context.Context, id string) error {
	if s.Signer == nil {
		return nil
	}
	now := s.now()
	var n Nest
	var meetings []Meeting
	due := false
	plan := func(tx Tx) (err error) {
		n, meetings, due, err = s.meetings(tx, id, now)
		return err
	}
	err := s.read(ctx, id, plan)
	if errors.Is(err, ErrNotFound) {
		return nil
	} else if err != nil || len(meetings) == 0 && due == n.MeetingDue {
		return err
	}
	var said []Event
	err = s.write(ctx, id, func(tx Tx) error {
		said = nil
		if err := plan(tx); err != nil {
			return err
		}
		for _, m := range meetings {
			e, err := s.storeMeeting(tx, n, m, now)
			if err != nil {
				return err
			}
			said = append(said, e)
		}
		n.MeetingDue = due
		return tx.PutNest(n) // not a change of intent: the revision stays
	})
	if err != nil {
		return err
	}
	for i, e := range said {
		s.Log.InfoContext(ctx, "meeting said", "nest", id, "event", e.ID, "status", string(meetings[i].Status), "people", meetings[i].Count)
		s.broadcast(ctx, &e)
	}
	if len(said) > 0 && s.WakeOutbox != nil {
		s.WakeOutbox()
	}
	return nil
}

// meetings is what is to be said about a nest now: the end of earlier lives, then this one.
func (s *Service) meetings(tx Tx, id string, now int64) (n Nest, say []Meeting, due bool, err error) {
	if n, err = tx.Nest(id); err != nil {
		return n, nil, false, err
	}
	members, err := tx.Members(id)
	if err != nil {
		return n, nil, false, err
	}
	for g := n.Generation - 1; g > max(0, n.Generation-generationsBack); g-- {
		earlier, err := s.publishedMeeting(tx, id, g)
		if err != nil {
			return n, nil, false, err
		}
		if earlier == nil {
			continue
		}
		if earlier.Status == Ended {
			break
		}
		say = append(say, earlier.asEnded(now))
	}
	last, err := s.publishedMeeting(tx, id, n.Generation)
	if err != nil {
		return n, nil, false, err
	}
	m, news, due := nextMeeting(s.view(n, members), last, s.meetingRelays(n), now)
	if news {
		if m.Status == Live && len(say) > 0 {
			m.Starts = max(m.Starts, say[0].Ends) // a forced restart states no status anew
		}
		say = append(say, m)
	}
	return n, say, due, nil
}

// publishedMeeting is what the server said of one life, nil when nothing.
func (s *Service) publishedMeeting(tx Tx, id string, generation int64) (*Meeting, error) {
	e, err := tx.Addressable(KindMeeting, s.Signer.Pubkey(), meetingID(id, generation))
	if errors.Is(err, ErrNoRow) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	m, ok := s.Codec.ParseMeeting(e)
	if !ok {
		return nil, nil
	}
	return &m, nil
}

// meetingRelays are ours and, unless the nest is private, its own.
func (s *Service) meetingRelays(n Nest) []string {
	relays := []string{s.OwnRelay}
	if n.Access != Private {
		relays = append(relays, slices.DeleteFunc(slices.Clone(n.Relays), func(url string) bool { return url == s.OwnRelay })...)
	}
	return relays
}

func (s *Service) storeMeeting(tx Tx, n Nest, m Meeting, now int64) (Event, error) {
	e := s.Codec.MeetingEvent(m)
	if err := s.Signer.Sign(&e); err != nil {
		return e, fmt.Errorf("sign meeting %s: %w", m.ID, err)
	}
	stored, err := tx.PutEvent(e)
	if err != nil || !stored {
		return e, err
	}
	return e, s.queueDeliveries(tx, n, e, "", now)
}
