package nest

import (
	"context"
	"strconv"
	"strings"
)

// ListRequest selects public nests.
type ListRequest struct {
	// Status is "live" (with participants on stage), "open" (live without any), "planned", "ended", or "" (not ended).
	Status string
	Host   string
	Limit  int
	Cursor string // from the last page
}

const (
	listMax    = 100
	maxScanned = 2000 // rows that one call reads for a status that depends on participants
)

// List returns a page of public nests, newest first, and a cursor when there are more.
func (s *Service) List(ctx context.Context, r ListRequest) ([]View, string, error) {
	filter, err := listFilter(r)
	if err != nil {
		return nil, "", err
	}
	var views []View
	var next string
	err = s.Store.Read(ctx, func(tx Tx) (err error) {
		views, next, err = s.page(tx, filter, func(v View) bool { return matchesStatus(r.Status, v) })
		return err
	})
	return views, next, err
}

// matchesStatus tells live nests with participants on stage from those without.
func matchesStatus(status string, v View) bool {
	return (status != "live" || v.OnStage > 0) && (status != "open" || v.OnStage == 0)
}

// page returns the next nests that match, and the cursor of the page after them, or "" if no other nest matches. After
// maxScanned rows it stops, and the page may be short or empty although there is a cursor.
func (s *Service) page(tx Tx, filter NestFilter, matches func(View) bool) (views []View, next string, err error) {
	views = []View{}
	var last Cursor // of the last view
	limit := filter.Limit
	filter.Limit++ // one more shows whether there is another page
	for scanned := 0; scanned < maxScanned; {
		nests, err := tx.Nests(filter)
		if err != nil {
			return nil, "", err
		}
		for _, n := range nests {
			members, err := tx.Members(n.ID)
			if err != nil {
				return nil, "", err
			}
			filter.Before = Cursor{CreatedAt: n.CreatedAt, ID: n.ID}
			v := s.view(n, members)
			if !matches(v) {
				continue
			}
			if len(views) == limit {
				return views, encodeCursor(last), nil
			}
			views, last = append(views, v), filter.Before
		}
		if scanned += len(nests); len(nests) < filter.Limit {
			return views, "", nil
		}
	}
	return views, encodeCursor(filter.Before), nil
}

func listFilter(r ListRequest) (NestFilter, error) {
	f := NestFilter{Access: Open, Host: r.Host, Limit: r.Limit}
	switch r.Status {
	case "":
		f.Statuses = []Status{Live, Planned}
	case "live", "open":
		f.Statuses = []Status{Live}
	case "planned":
		f.Statuses = []Status{Planned}
	case "ended":
		f.Statuses = []Status{Ended}
	default:
		return f, invalid("status", "status is not live, open, planned or ended",
			"Leave it out for all nests that have not ended.")
	}
	if r.Host != "" && !IsPubkey(r.Host) {
		return f, invalid("host", "host is not a 64-digit hex public key", "Send the pubkey in hex.")
	}
	if r.Limit < 0 || r.Limit > listMax {
		return f, invalid("limit", "limit is not between 1 and 100", "Use cursor to read more pages.")
	}
	if f.Limit == 0 {
		f.Limit = listMax
	}
	var ok bool
	if f.Before, ok = decodeCursor(r.Cursor); !ok {
		return f, errCursor()
	}
	return f, nil
}

// cutPage returns the first limit of the items, and the cursor of the page after them, or "" if these are all. Reading
// limit+1 items tells.
func cutPage[T any](items []T, limit int, cursor func(last T) Cursor) (page []T, next string) {
	if len(items) <= limit {
		return items, ""
	}
	return items[:limit], encodeCursor(cursor(items[limit-1]))
}

func errCursor() error {
	return invalid("cursor", "cursor is invalid", "Send the next of the last response unchanged.")
}

func encodeCursor(c Cursor) string { return strconv.FormatInt(c.CreatedAt, 10) + "." + c.ID }

func decodeCursor(s string) (Cursor, bool) {
	if s == "" {
		return Cursor{}, true
	}
	at, id, _ := strings.Cut(s, ".")
	created, err := strconv.ParseInt(at, 10, 64)
	return Cursor{CreatedAt: created, ID: id}, err == nil && IsID(id)
}
