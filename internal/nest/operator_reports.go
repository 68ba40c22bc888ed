package nest

import (
	"context"
	"slices"
	"strings"
)

// Report is a kind 1984 (NIP-56) that somebody sent to our relay: for operators, and for nobody else to read.
type Report struct {
	Event      Event
	ReceivedAt int64 // unix ms

	Why    string // spam, impersonation, nudity, …: the third item of a p, e or a tag
	Pubkey string // whom it is about: who it says, or else the author of Named; it may name what somebody else wrote
	Nest   string // id of the nest it is about, by its tags or by those of the event it names
	Named  *Event // the stored event that it names
}

// Bounds of what is kept for the operator.
const (
	reportsOfKey = 100     // waiting, of one key
	reportBytes  = 8 << 10 // of one
	reportNames  = 20      // events that one names and that are looked for
)

// StoreReport keeps a verified report; false when it is here already.
func (s *Service) StoreReport(ctx context.Context, e Event) (bool, error) {
	if size(e) > reportBytes {
		return false, invalidEvent("A report is larger than 8 kB", "Say less; name the event it is about by its id.")
	}
	stored := false
	err := s.Store.Write(ctx, func(tx Tx) error {
		waiting, err := tx.CountReports(e.PubKey)
		if err == nil && waiting >= reportsOfKey {
			err = &Error{Code: CodeQuota, Message: "This key has reported as much as it may until an operator has looked", Hint: "Wait for the operator."}
		}
		if err == nil {
			stored, err = tx.PutReport(e, s.now())
		}
		return err
	})
	if stored && err == nil {
		s.Log.InfoContext(ctx, "report received", "component", "relay", "identity", ShortIdentity(e.PubKey), "event", e.ID)
	}
	return stored, err
}

func size(e Event) int {
	n := len(e.Content)
	for _, tag := range e.Tags {
		for _, item := range tag {
			n += len(item)
		}
	}
	return n
}

// Reports lists them, newest first, and gives a cursor when there are more.
func (s *Service) Reports(ctx context.Context, cursor string) (reports []Report, next string, err error) {
	before, ok := decodeReportCursor(cursor)
	if !ok {
		return nil, "", invalid("cursor", "cursor is not one of ours", "Send the next of the last answer, unchanged.")
	}
	err = s.Store.Read(ctx, func(tx Tx) (err error) {
		if reports, err = tx.Reports(before, listMax); err != nil {
			return err
		}
		for i := range reports {
			if err := reports[i].read(tx); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && len(reports) == listMax {
		last := reports[len(reports)-1]
		next = encodeCursor(Cursor{CreatedAt: last.ReceivedAt, ID: last.Event.ID})
	}
	return reports, next, err
}

// DismissReport says that an operator is done with one. One that is not there is fine.
func (s *Service) DismissReport(ctx context.Context, actor, id string) error {
	return s.operate(ctx, AuditEntry{Actor: actor, Action: ActionReportDismiss, Target: id}, func(tx Tx) error { return tx.DeleteReport(id) })
}

// read finds out what the report is about.
func (r *Report) read(tx Tx) error {
	looked := 0
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
			if r.Named != nil || looked >= reportNames {
				break
			}
			looked++
			e, err := tx.Event(tag[1])
			if none, err := isMissing(err); err != nil {
				return err
			} else if !none {
				r.Named = &e
			}
		case "a":
			r.at(tag[1])
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
		r.at(r.Named.Tag("a"))
		if r.Named.Kind == KindSpace && r.Nest == "" {
			r.Nest = r.Named.Tag("d")
		}
	}
	return nil
}

// at reads the coordinate of a space: 30312:pubkey:id.
func (r *Report) at(coordinate string) {
	rest, ok := strings.CutPrefix(coordinate, "30312:")
	host, id, _ := strings.Cut(rest, ":")
	if r.Nest == "" && ok && IsPubkey(host) && IsID(id) {
		r.Nest = id
	}
}

func decodeReportCursor(s string) (Cursor, bool) {
	if s == "" {
		return Cursor{}, true
	}
	at, id, _ := strings.Cut(s, ".")
	c, ok := decodeCursor(at + ".00000000-0000-0000-0000-000000000000")
	c.ID = id
	return c, ok && IsPubkey(id) // an event's id has the form of a key
}
