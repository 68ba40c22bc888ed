package nest

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// maxEarlierMeetings is how many earlier generations are checked for a meeting that was not published as ended.
const maxEarlierMeetings = 10

// MeetingsDue returns the ids of nests whose meeting has to be compared with the nest.
func (s *Service) MeetingsDue(ctx context.Context) (ids []string, err error) {
	err = s.Store.Read(ctx, func(tx Tx) (err error) {
		ids, err = tx.MeetingsDue()
		return err
	})
	return ids, err
}

// PublishMeeting brings the meeting events of a nest up to date. It signs them, and stores and queues them for the
// nest's relays in one transaction. Without a change it publishes nothing. It is no error when the nest does not exist.
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
	var published []Event
	err = s.write(ctx, id, func(tx Tx) error {
		published = nil
		if err := plan(tx); err != nil {
			return err
		}
		for _, m := range meetings {
			e, err := s.storeMeeting(tx, n, m, now)
			if err != nil {
				return err
			}
			published = append(published, e)
		}
		n.MeetingDue = due
		return tx.PutNest(n) // the intent is the same, so the revision is too
	})
	if err != nil {
		return err
	}
	for i, e := range published {
		s.Log.InfoContext(ctx, "meeting published",
			"nest", id,
			"event", e.ID,
			"status", string(meetings[i].Status),
			"participants", meetings[i].Count,
		)
		s.broadcast(ctx, &e)
	}
	if len(published) > 0 && s.WakeOutbox != nil {
		s.WakeOutbox()
	}
	return nil
}

// meetings returns the meetings to publish now: the ends of earlier generations, then the current one.
func (s *Service) meetings(tx Tx, id string, now int64) (n Nest, changed []Meeting, isDue bool, err error) {
	if n, err = tx.Nest(id); err != nil {
		return n, nil, false, err
	}
	members, err := tx.Members(id)
	if err != nil {
		return n, nil, false, err
	}
	for g := n.Generation - 1; g > max(0, n.Generation-maxEarlierMeetings); g-- {
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
		changed = append(changed, earlier.asEnded(now))
	}
	last, err := s.publishedMeeting(tx, id, n.Generation)
	if err != nil {
		return n, nil, false, err
	}
	m, mustPublish, isDue := nextMeeting(s.view(n, members), last, s.meetingRelays(n), now)
	if mustPublish {
		if m.Status == Live && len(changed) > 0 {
			m.Starts = max(m.Starts, changed[0].Ends) // a forced restart keeps StatusAt
		}
		changed = append(changed, m)
	}
	return n, changed, isDue, nil
}

// publishedMeeting is the last published meeting of one generation, or nil.
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

// meetingRelays are this server's relay and, unless the nest is private, the nest's relays.
func (s *Service) meetingRelays(n Nest) []string {
	relays := []string{s.OwnRelay}
	if n.Access != Private {
		isOwn := func(url string) bool { return url == s.OwnRelay }
		relays = append(relays, slices.DeleteFunc(slices.Clone(n.Relays), isOwn)...)
	}
	return relays
}

// storeMeeting signs and stores a meeting, and queues it for the nest's relays.
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
