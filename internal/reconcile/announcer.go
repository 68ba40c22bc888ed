package reconcile

import (
	"context"
	"log/slog"
	"time"
)

// Meetings is what the Announcer asks of the nest service.
type Meetings interface {
	// MeetingsDue are the nests whose meeting event may not say what they are.
	MeetingsDue(ctx context.Context) ([]string, error)
	// PublishMeeting brings one up to date. Again is fine.
	PublishMeeting(ctx context.Context, id string) error
}

const publishTimeout = 10 * time.Second // one nest

// Announcer keeps the server's own meeting events true to the nests: at once for nests that wake it, and every five seconds
// for whatever is due or has people in it. It does not share the Loop's goroutine, because it neither needs LiveKit to
// answer nor may delay what does.
type Announcer struct {
	Domain        Meetings
	OccupiedNests func() []string // nests with people in them, whose count may be news
	Log           *slog.Logger

	wakes wakeList
}

// Wake asks for a look at one nest now. It never blocks and may be called from anywhere.
func (a *Announcer) Wake(id string) { a.wakes.add(id) }

// Run looks until ctx ends. Nests that were woken go before a backlog.
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

// woken lets nests that were woken go first, and says whether there were any.
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
	seen := make(map[string]bool, len(ids))
	for _, id := range ids {
		seen[id] = true
	}
	for _, id := range a.OccupiedNests() {
		if !seen[id] {
			ids = append(ids, id)
		}
	}
	return ids
}

func (a *Announcer) publish(ctx context.Context, id string) {
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	if err := a.Domain.PublishMeeting(ctx, id); err != nil && ctx.Err() == nil {
		a.Log.WarnContext(ctx, "meeting not said", "component", "store", "nest", id, "err", err)
	}
}
