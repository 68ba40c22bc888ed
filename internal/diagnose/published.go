package diagnose

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"nests/internal/nest"
)

// published checks how far the nest's newest event was delivered to its relays.
func (s *Server) published(ctx context.Context, f facts) Finding {
	switch {
	case f.err != nil:
		return Finding{Status: Unknown, Summary: "The database did not answer."}
	case !f.exists || f.nest.SpaceID == "":
		return skipped("There is nothing to publish.")
	}
	deliveries, err := s.Store.Deliveries(ctx, f.nest.ID)
	if err != nil {
		return Finding{Status: Unknown, Summary: "The outbox could not be read."}
	}
	return judgePublication(deliveries, f.nest.SpaceID, s.Now().UnixMilli())
}

// laggingAfter is how long the first attempt may take before a warning.
const laggingAfter = 10_000 // ms

func judgePublication(deliveries []nest.Delivery, event string, now int64) Finding {
	answers := map[string]any{}
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
		answers[d.Relay] = fmt.Sprintf("%s after %d tries: %s", d.State, d.Attempts, d.Message)
	}
	evidence := map[string]any{"relays": total, "accepted": accepted, "answers": answers}
	switch {
	case total == 0:
		return passed("The event is on this server's relay only.", evidence)
	case code == "":
		return passed("Every relay that answered has the event.", evidence)
	}
	return Finding{
		Status:   Warn,
		Code:     code,
		Summary:  fmt.Sprintf("%d of %d relays have the event.", accepted, total),
		Evidence: evidence,
	}
}

// remoteRelay compares the events of one relay with the newest event that this server has.
func (s *Server) remoteRelay(ctx context.Context, relay string, ours nest.Event) Finding {
	evidence := map[string]any{"relay": relay}
	ctx, cancel := context.WithTimeout(ctx, 2*layerTimeout)
	defer cancel()
	events, err := s.FetchEvents(ctx, relay, nest.EventFilter{
		Kinds:   []int{nest.KindSpace},
		Authors: []string{ours.PubKey},
		Tags:    map[string][]string{"d": {ours.Tag("d")}},
		Limit:   10,
	})
	if err != nil {
		evidence["error"] = errorText(err)
		return Finding{Status: Warn, Code: RelayUnreachable, Summary: "The relay does not answer.", Evidence: evidence}
	}
	const again = "If this lasts, ask the host to save the nest again, which publishes it again, " +
		"or choose another relay."
	if len(events) == 0 {
		return Finding{
			Status:   Warn,
			Code:     RelayLagging,
			Summary:  "The relay does not have the event.",
			Hint:     again,
			Evidence: evidence,
		}
	}
	byAge := func(a, b nest.Event) int { return cmp.Compare(a.CreatedAt, b.CreatedAt) }
	newest := slices.MaxFunc(events, byAge) // some relays keep old ones
	evidence["event"], evidence["event_created_at"] = newest.ID, newest.CreatedAt
	space, err := s.Codec.ParseSpace(newest)
	hasOurs := slices.ContainsFunc(events, func(e nest.Event) bool { return e.ID == ours.ID })
	switch {
	case hasOurs && newest.CreatedAt <= ours.CreatedAt:
		return passed("The relay has the newest event.", evidence)
	case newest.CreatedAt > ours.CreatedAt && err == nil && !s.Codec.NamesThisServer(space.Service):
		return Finding{Status: Warn, Code: WrongServer, Evidence: evidence,
			Summary: "The relay has a newer event, which names another server."}
	case newest.CreatedAt > ours.CreatedAt:
		return Finding{Status: Warn, Code: Repairing, Evidence: evidence,
			Summary: "The relay has a newer event, which this server has not applied yet.",
			Hint: "The event is applied within seconds once a participant is in the nest, " +
				"or when its host publishes it to this server's relay."}
	}
	return Finding{Status: Warn, Code: RelayLagging,
		Summary: "The relay has an older event.", Hint: again, Evidence: evidence}
}
