package diagnose

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"nests/internal/nest"
)

// published judges by what each relay answered to the newest event.
func (s *Server) published(ctx context.Context, f facts) Finding {
	switch {
	case f.err != nil:
		return Finding{Status: Unknown, Summary: "The database did not tell."}
	case !f.known || f.nest.SpaceID == "":
		return skipped("There is nothing to publish.")
	}
	deliveries, err := s.Store.Deliveries(ctx, f.nest.ID)
	if err != nil {
		return Finding{Status: Unknown, Summary: "The outbox could not be read."}
	}
	return publication(deliveries, f.nest.SpaceID, s.Now().UnixMilli())
}

// laggingAfter is how long a first try may take before it is said.
const laggingAfter = 10_000 // ms

func publication(deliveries []nest.Delivery, event string, now int64) Finding {
	said := map[string]any{}
	total, accepted := 0, 0
	var code Code
	worse := func(c Code) {
		order := []Code{"", RelayLagging, RelayUnreachable, RelayRefused}
		if slices.Index(order, c) > slices.Index(order, code) {
			code = c
		}
	}
	for _, d := range deliveries {
		if d.Event != event {
			continue
		}
		total++
		switch d.State {
		case nest.DeliveryAccepted:
			accepted++
			continue
		case nest.DeliveryRefused:
			worse(RelayRefused)
		case nest.DeliveryGaveUp:
			worse(RelayUnreachable)
		case nest.DeliveryPending:
			if d.Attempts > 0 {
				worse(RelayUnreachable)
			} else if now-d.Updated > laggingAfter {
				worse(RelayLagging)
			}
		}
		said[d.Relay] = fmt.Sprintf("%s after %d tries: %s", d.State, d.Attempts, d.Words)
	}
	evidence := map[string]any{"relays": total, "accepted": accepted, "answers": said}
	switch {
	case total == 0:
		return fine("It is on this server's relay only.", evidence)
	case code == "":
		return fine("Every relay that answered has it.", evidence)
	}
	return Finding{Status: Warn, Code: code, Summary: fmt.Sprintf("%d of %d relays have it.", accepted, total), Evidence: evidence}
}

// outside asks one relay what it has of the nest.
func (s *Server) outside(ctx context.Context, relay string, ours nest.Event) Finding {
	evidence := map[string]any{"relay": relay}
	ctx, cancel := context.WithTimeout(ctx, 2*layerMost)
	defer cancel()
	events, err := s.FetchEvents(ctx, relay, nest.EventFilter{Kinds: []int{nest.KindSpace}, Authors: []string{ours.PubKey},
		Tags: map[string][]string{"d": {ours.Tag("d")}}, Limit: 10})
	if err != nil {
		evidence["error"] = plain(err)
		return Finding{Status: Warn, Code: RelayUnreachable, Summary: "It does not answer.", Evidence: evidence}
	}
	const again = "If it stays so, let the host save the nest once more, which publishes it again, or choose another relay."
	if len(events) == 0 {
		return Finding{Status: Warn, Code: RelayLagging, Summary: "It does not have the event.", Hint: again, Evidence: evidence}
	}
	newest := slices.MaxFunc(events, func(a, b nest.Event) int { return cmp.Compare(a.CreatedAt, b.CreatedAt) }) // some keep old ones
	evidence["event"], evidence["event_created_at"] = newest.ID, newest.CreatedAt
	space, err := s.Codec.Space(newest)
	switch {
	case slices.ContainsFunc(events, func(e nest.Event) bool { return e.ID == ours.ID }) && newest.CreatedAt <= ours.CreatedAt:
		return fine("It has the newest event.", evidence)
	case newest.CreatedAt > ours.CreatedAt && err == nil && !s.Codec.Ours(space.Service):
		return Finding{Status: Warn, Code: WrongServer, Summary: "It has a newer event, which names another server.", Evidence: evidence}
	case newest.CreatedAt > ours.CreatedAt:
		return Finding{Status: Warn, Code: Repairing, Summary: "It has a newer event, which this server has not taken yet.", Evidence: evidence,
			Hint: "It is taken within seconds once somebody is in the nest, or when its host publishes to this server's relay."}
	}
	return Finding{Status: Warn, Code: RelayLagging, Summary: "It has an older event.", Hint: again, Evidence: evidence}
}
