package nest

import (
	"context"
	"strconv"
	"strings"
)

// ListRequest selects public nests. Status "" is all that are not over.
type ListRequest struct {
	Status string // "live" (someone on stage is inside), "open" (nobody is), "planned", "ended", or ""
	Host   string
	Limit  int
	Cursor string // from the last answer
}

const (
	listMax  = 100
	scanMost = 2000 // rows one call looks at for a status that only LiveKit knows
)

// List is the lobby: public nests, newest first, and a cursor when there are more.
func (s *Service) List(ctx context.Context, r ListRequest) ([]View, string, error) {
	filter, err := listFilter(r)
	if err != nil {
		return nil, "", err
	}
	var views []View
	var next string
	err = s.Store.Read(ctx, func(tx Tx) (err error) {
		views, next, err = s.page(tx, filter, func(v View) bool { return statusFits(r.Status, v) })
		return err
	})
	return views, next, err
}

// statusFits tells those that only LiveKit knows apart.
func statusFits(status string, v View) bool {
	return (status != "live" || v.OnStage > 0) && (status != "open" || v.OnStage == 0)
}

// page is one page of the nests that fit, and a cursor when there may be more.
func (s *Service) page(tx Tx, filter NestFilter, fits func(View) bool) (views []View, next string, err error) {
	views = []View{}
	for scanned := 0; scanned < scanMost; {
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
			if !fits(v) {
				continue
			}
			if views = append(views, v); len(views) == filter.Limit {
				return views, encodeCursor(filter.Before), nil
			}
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
		return f, invalid("status", "status is none of live, open, planned, ended", "Leave it out for all that are not over.")
	}
	if r.Host != "" && !IsPubkey(r.Host) {
		return f, invalid("host", "host is not a 64-digit hex public key", "Send the host's pubkey in hex.")
	}
	if r.Limit < 0 || r.Limit > listMax {
		return f, invalid("limit", "limit is not between 1 and 100", "Page with cursor.")
	}
	if f.Limit == 0 {
		f.Limit = listMax
	}
	var ok bool
	if f.Before, ok = decodeCursor(r.Cursor); !ok {
		return f, invalid("cursor", "cursor is not one of ours", "Send the next of the last answer, unchanged.")
	}
	return f, nil
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
