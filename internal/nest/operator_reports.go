package nest

import (
	"context"
	"slices"
	"strings"
)

// Report is a kind 1984 (NIP-56) that a client sent to this server's relay. Only operators may read it.
type Report struct {
	Event      Event
	ReceivedAt int64 // unix ms

	Why string // spam, impersonation, nudity, …: the third item of a p, e or a tag
	// The reported key: that of a p tag, else the author of Named. A report may name both, and they may differ.
	Pubkey string
	Nest   string // id of the reported nest, from the tags of the report or of Named
	Named  *Event // the first stored event that it names
}

// Bounds of stored reports.
const (
	reportsOfKey = 100     // of one key, not yet dismissed
	reportBytes  = 8 << 10 // of one report
	reportNames  = 20      // events named by one report that are read
)

// StoreReport stores a verified report. It returns false when the report is stored already.
func (s *Service) StoreReport(ctx context.Context, e Event) (bool, error) {
	if size(e) > reportBytes {
		return false, invalidEvent("The report is larger than 8 kB",
			"Shorten it. Refer to the reported event by its id.")
	}
	stored := false
	err := s.Store.Write(ctx, func(tx Tx) error {
		waiting, err := tx.CountReports(e.PubKey)
		if err == nil && waiting >= reportsOfKey {
			err = &Error{
				Code:    CodeQuota,
				Message: "This key has reached its limit of open reports",
				Hint:    "Wait until an operator has handled some of them.",
			}
		}
		if err == nil {
			stored, err = tx.PutReport(e, s.now())
		}
		return err
	})
	if stored && err == nil {
		s.Log.InfoContext(ctx, "report received",
			"component", "relay",
			"identity", ShortIdentity(e.PubKey),
			"event", e.ID,
		)
	}
	return stored, err
}

// size returns the bytes of the content and the tags.
func size(e Event) int {
	n := len(e.Content)
	for _, tag := range e.Tags {
		for _, item := range tag {
			n += len(item)
		}
	}
	return n
}

// Reports returns a page of reports, newest first, each with its subject filled in. next is the cursor of the next
// page, or "" on the last one.
func (s *Service) Reports(ctx context.Context, cursor string) (reports []Report, next string, err error) {
	before, ok := decodeReportCursor(cursor)
	if !ok {
		return nil, "", errCursor()
	}
	err = s.Store.Read(ctx, func(tx Tx) (err error) {
		if reports, err = tx.Reports(before, listMax+1); err != nil {
			return err
		}
		reports, next = cutPage(reports, listMax, cursorOfReport)
		for i := range reports {
			if err := reports[i].fillSubject(tx); err != nil {
				return err
			}
		}
		return nil
	})
	return reports, next, err
}

// DismissReport deletes a report. It is no error when there is none.
func (s *Service) DismissReport(ctx context.Context, actor, id string) error {
	entry := AuditEntry{Actor: actor, Action: ActionReportDismiss, Target: id}
	return s.operate(ctx, entry, func(tx Tx) error { return tx.DeleteReport(id) })
}

// fillSubject fills in Why, Pubkey, Nest and Named from the tags of the report.
func (r *Report) fillSubject(tx Tx) error {
	read := 0
	for _, tag := range r.Event.Tags {
		if len(tag) < 2 {
			continue
		}
		switch tag[0] {
		case "p":
			if r.Pubkey == "" && IsPubkey(tag[1]) {
				r.Pubkey = tag[1]
			}
		case "e":
			if r.Named != nil || read >= reportNames {
				break
			}
			read++
			e, err := tx.Event(tag[1])
			if none, err := isMissing(err); err != nil {
				return err
			} else if !none {
				r.Named = &e
			}
		case "a":
			r.setNest(tag[1])
		default:
			continue
		}
		if r.Why == "" && len(tag) > 2 && slices.Contains([]string{"p", "e", "a"}, tag[0]) {
			r.Why = tag[2]
		}
	}
	if r.Named != nil {
		if r.Pubkey == "" {
			r.Pubkey = r.Named.PubKey
		}
		r.setNest(r.Named.Tag("a"))
		if r.Named.Kind == KindSpace && r.Nest == "" {
			r.Nest = r.Named.Tag("d")
		}
	}
	return nil
}

// setNest sets Nest from the coordinate of a space: 30312:pubkey:id.
func (r *Report) setNest(coordinate string) {
	rest, ok := strings.CutPrefix(coordinate, "30312:")
	host, id, _ := strings.Cut(rest, ":")
	if r.Nest == "" && ok && IsPubkey(host) && IsID(id) {
		r.Nest = id
	}
}

// cursorOfReport returns the cursor of the page after a report. Its CreatedAt is the time of receipt.
func cursorOfReport(last Report) Cursor { return Cursor{CreatedAt: last.ReceivedAt, ID: last.Event.ID} }

// decodeReportCursor reads a cursor of cursorOfReport.
func decodeReportCursor(s string) (Cursor, bool) {
	if s == "" {
		return Cursor{}, true
	}
	at, id, _ := strings.Cut(s, ".")
	c, ok := decodeCursor(at + ".00000000-0000-0000-0000-000000000000")
	c.ID = id
	return c, ok && IsPubkey(id) // an event's id has the form of a key
}
