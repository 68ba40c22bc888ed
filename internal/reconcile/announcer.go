package reconcile

import (
	"context"
	"log/slog"
	"time"
)

// Meetings is what the Announcer calls on the nest service.
type Meetings interface {
	// MeetingsDue returns the ids of the nests whose meeting event may be out of date.
	MeetingsDue(ctx context.Context) ([]string, error)
	// PublishMeeting brings the meeting event of a nest up to date. It may be called again at any time.
	PublishMeeting(ctx context.Context, id string) error
}

const publishTimeout = 10 * time.Second // for one nest

// Announcer keeps the server's meeting events up to date: at once for a woken nest, and every five seconds for
// nests whose event is due or that have participants. It has a goroutine of its own, because it does not need
// LiveKit and must not delay the Loop. Wake may be called from any goroutine; everything else belongs to Run.
type Announcer struct {
	Domain        Meetings
	OccupiedNests func() []string // nests with participants, whose count the event may have to state
	Log           *slog.Logger

	wakes wakeList
}

// Wake asks for the meeting event of one nest to be checked now. It never blocks.
func (a *Announcer) Wake(id string) { a.wakes.add(id) }

// Run publishes meeting events until ctx ends. Woken nests come before the backlog of due ones.
func (a *Announcer) Run(ctx context.Context) error {
	ticker := time.NewTicker(fullPassEvery)
	defer ticker.Stop()
	backlog := a.meetingsDue(ctx)
	for {
		if len(backlog) > 0 && !a.publishWokenFirst(ctx) {
			a.publish(ctx, backlog[0])
			backlog = backlog[1:]
		}
		if len(backlog) > 0 && ctx.Err() == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-a.wakes.ready():
			a.publishWoken(ctx)
		case <-ticker.C:
			backlog = a.meetingsDue(ctx)
		}
	}
}

// publishWokenFirst publishes for woken nests and reports whether there were any. It does not wait for one.
func (a *Announcer) publishWokenFirst(ctx context.Context) bool {
	select {
	case <-a.wakes.ready():
		a.publishWoken(ctx)
		return true
	default:
		return false
	}
}

func (a *Announcer) publishWoken(ctx context.Context) {
	for id := range a.wakes.take() {
		a.publish(ctx, id)
	}
}

func (a *Announcer) meetingsDue(ctx context.Context) []string {
	ids, err := a.Domain.MeetingsDue(ctx)
	if err != nil && ctx.Err() == nil {
		a.Log.WarnContext(ctx, "meetings not read", "component", "store", "err", err)
	}
	isDue := make(map[string]bool, len(ids))
	for _, id := range ids {
		isDue[id] = true
	}
	for _, id := range a.OccupiedNests() {
		if !isDue[id] {
			ids = append(ids, id)
		}
	}
	return ids
}

func (a *Announcer) publish(ctx context.Context, id string) {
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	if err := a.Domain.PublishMeeting(ctx, id); err != nil && ctx.Err() == nil {
		a.Log.WarnContext(ctx, "meeting not published", "component", "store", "nest", id, "err", err)
	}
}
