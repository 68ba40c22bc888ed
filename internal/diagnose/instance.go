package diagnose

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/coder/websocket"
)

// A loop that has not come round for this long hangs: its longest pass is shorter.
const stalledAfter = 15 * time.Second

func (s *Server) loop(context.Context) Finding {
	since := s.Now().Sub(s.Loop.LastPass())
	evidence := map[string]any{"last_pass_ms": since.Milliseconds(), "foreign_rooms": s.Loop.CountForeignRooms()}
	if since > stalledAfter {
		return Finding{Status: Fail, Code: LoopStalled, Summary: "It has not come round lately.", Evidence: evidence}
	}
	return fine("It runs.", evidence)
}

// settled is how long somebody must have been inside before silence means something.
const settled = time.Minute

// webhooks: an external LiveKit that was never told where to report works, only later than it could.
func (s *Server) webhooks(context.Context) Finding {
	last, lag := s.Webhooks()
	if last.IsZero() {
		for _, id := range s.Loop.OccupiedNests() {
			for _, p := range s.Loop.Observed(id).Room.Participants {
				if s.Now().Sub(time.UnixMilli(p.JoinedAt)) > settled && s.Now().Sub(s.Started) > settled {
					return Finding{Status: Warn, Code: WebhooksSilent, Summary: "People are inside, and nothing was ever reported."}
				}
			}
		}
		return Finding{Status: Skipped, Summary: "Nothing was reported yet; nothing may have happened."}
	}
	return fine("Reports arrive.", map[string]any{"last_s": int64(s.Now().Sub(last).Seconds()), "lag_ms": lag.Milliseconds()})
}

// ownRelay subscribes like a client and waits for the end of what is stored.
func (s *Server) ownRelay(ctx context.Context) Finding {
	down := func(layer string, err error) Finding {
		return Finding{Status: Fail, Code: RelayDown, Summary: "It does not answer a subscription.",
			Evidence: map[string]any{"layer": layer, "error": plain(err)}}
	}
	ctx, cancel := context.WithTimeout(ctx, 2*layerMost)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, s.Addresses.Relay, nil)
	if err != nil {
		return down("websocket", err)
	}
	defer func() { _ = ws.CloseNow() }()
	if err := ws.Write(ctx, websocket.MessageText, []byte(`["REQ","check",{"kinds":[30312],"limit":1}]`)); err != nil {
		return down("write", err)
	}
	for {
		_, message, err := ws.Read(ctx)
		if err != nil {
			return down("read", err)
		}
		var parts []json.RawMessage
		if json.Unmarshal(message, &parts) == nil && len(parts) > 0 && string(parts[0]) == `"EOSE"` {
			return fine("It answers a subscription.", nil)
		}
	}
}

// publicURL asks whether what we advertise reaches us. A network that does not let a machine reach its own public address is
// common, and no fault.
func (s *Server) publicURL(ctx context.Context) Finding {
	status, body, err := getBy(ctx, s.HTTP, s.Addresses.Public+"/api/v1/config", nil)
	evidence := map[string]any{"url": s.Addresses.Public}
	if err != nil {
		evidence["error"] = plain(err)
		if _, unknown := errors.AsType[*net.DNSError](err); unknown {
			return Finding{Status: Warn, Summary: "Its name cannot be resolved from this machine.", Evidence: evidence,
				Hint: "If it is spelled as people type it, make it lead here in DNS; else correct NESTS_PUBLIC_URL."}
		}
		return Finding{Status: Warn, Summary: "It cannot be reached from this machine itself.", Evidence: evidence,
			Hint: "If others reach it, all is well: some networks do not let a machine call its own public address."}
	}
	var config struct {
		Pubkey string `json:"pubkey"`
	}
	evidence["status"] = status
	if status != http.StatusOK || json.Unmarshal([]byte(body), &config) != nil || config.Pubkey == "" {
		return Finding{Status: Fail, Code: WrongAPIBase, Summary: "Something else answers at the public address.", Evidence: evidence}
	}
	if config.Pubkey != s.Addresses.Pubkey {
		return Finding{Status: Fail, Code: PublicURL, Summary: "Another Nests server answers at the public address.", Evidence: evidence}
	}
	return fine("It leads here.", evidence)
}
