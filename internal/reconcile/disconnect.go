package reconcile

import (
	"context"

	"nests/internal/nest"
)

// Disconnect removes blocked keys from the nests in which they were last observed, and wakes the loop for these
// nests. It calls LiveKit from the caller's goroutine, so that a block does not wait for a pass.
func (l *Loop) Disconnect(ctx context.Context, blocked nest.Blocked) {
	for _, id := range l.OccupiedNests() {
		participants, _ := l.Participants(id)
		for _, p := range participants {
			if !blocked.Key(p.Identity) {
				continue
			}
			if err := l.LiveKit.Remove(ctx, id, p.Identity); err != nil {
				l.Log.WarnContext(ctx, "blocked participant not removed",
					"component", "livekit", "nest", id, "err", err)
			}
		}
		l.Wake(id)
	}
}
