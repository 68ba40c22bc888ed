package diagnose

import (
	"context"
	"errors"

	"nests/internal/nest"
)

// storeCodes are the causes that the store names in its errors.
var storeCodes = [...]Code{StoreCorrupt, StoreTooNew, DiskFull, StoreReadOnly, StoreLocked, StoreDown}

// StoreFinding turns an error of the database into a finding.
func StoreFinding(err error) Finding {
	f := Finding{Status: Fail, Code: StoreDown, Evidence: map[string]any{"error": err.Error()}}
	for _, code := range storeCodes {
		if errors.Is(err, &nest.Error{Code: nest.Code(code)}) {
			f.Code = code
			break
		}
	}
	for _, r := range table {
		if r.code == f.Code {
			f.Summary = r.summary
		}
	}
	return f
}

func (s *Server) storeRead(ctx context.Context) Finding {
	if err := s.Store.Ping(ctx); err != nil {
		return StoreFinding(err)
	}
	return passed("The database answers.", nil)
}

func (s *Server) storeWrite(ctx context.Context) Finding {
	if err := s.Store.CheckWrite(ctx); err != nil {
		return StoreFinding(err)
	}
	return passed("A write was committed.", nil)
}

// Free bytes: below diskFull the database cannot write reliably, below diskLow the operator is warned.
const (
	diskFull = 32 << 20
	diskLow  = 512 << 20
)

func (s *Server) disk(context.Context) Finding {
	free, total, err := s.Disk()
	if err != nil {
		return Finding{Status: Warn, Summary: "The free space could not be read.",
			Evidence: map[string]any{"error": err.Error()}}
	}
	return DiskFinding(free, total)
}

// DiskFinding judges the free space of a disk, in bytes.
func DiskFinding(free, total uint64) Finding {
	evidence := map[string]any{"free_mb": int64(free >> 20), "total_mb": int64(total >> 20)}
	switch {
	case free < diskFull:
		return Finding{Status: Fail, Code: DiskFull, Summary: "The disk is full.", Evidence: evidence}
	case free < diskLow:
		return Finding{
			Status:   Warn,
			Summary:  "The disk is nearly full.",
			Hint:     "Free some space soon.",
			Evidence: evidence,
		}
	}
	return passed("There is enough space.", evidence)
}

// stuckAfter is how long a publication may be overdue before the outbox must have stopped.
const stuckAfter = 5 * 60 * 1000 // ms

func (s *Server) outbox(ctx context.Context) Finding {
	now := s.Now().UnixMilli()
	owed, err := s.Store.OutboxStats(ctx, now)
	if err != nil {
		return Finding{Status: Unknown, Summary: "The outbox could not be read."}
	}
	evidence := map[string]any{
		"pending": owed.Pending,
		"overdue": owed.Overdue,
		"gave_up": owed.GaveUp,
		"refused": owed.Refused,
	}
	if owed.Overdue > 0 {
		evidence["overdue_s"] = (now - owed.Oldest) / 1000
	}
	if owed.Overdue > 0 && now-owed.Oldest > stuckAfter {
		return Finding{Status: Fail, Code: RelayLagging, Evidence: evidence,
			Summary: "Publications are overdue that should have been sent long ago.",
			Hint:    "Restart the server, and send its log with a bug report."}
	}
	return passed("Nothing is overdue.", evidence)
}
