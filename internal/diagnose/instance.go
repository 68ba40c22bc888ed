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

// stalledAfter is longer than any pass of the loop takes.
const stalledAfter = 15 * time.Second

func (s *Server) loop(context.Context) Finding {
	since := s.Now().Sub(s.Loop.LastPass())
	evidence := map[string]any{"last_pass_ms": since.Milliseconds(), "foreign_rooms": s.Loop.CountForeignRooms()}
	if since > stalledAfter {
		return Finding{
			Status:   Fail,
			Code:     LoopStalled,
			Summary:  "The repair loop has not completed a pass lately.",
			Evidence: evidence,
		}
	}
	return passed("The repair loop runs.", evidence)
}

// minPresence is how long a participant must have been inside before missing webhooks are reported.
const minPresence = time.Minute

// webhooks warns when none ever arrived. Without them changes in LiveKit are noticed late, at the next pass of the
// loop.
func (s *Server) webhooks(context.Context) Finding {
	last, lag := s.Webhooks()
	now := s.Now()
	if last.IsZero() {
		for _, id := range s.Loop.OccupiedNests() {
			for _, p := range s.Loop.Observed(id).Room.Participants {
				if now.Sub(time.UnixMilli(p.JoinedAt)) > minPresence && now.Sub(s.Started) > minPresence {
					return Finding{Status: Warn, Code: WebhooksSilent,
						Summary: "Participants are inside nests, but no webhook has arrived."}
				}
			}
		}
		return Finding{Status: Skipped, Summary: "No webhook has arrived yet; perhaps nothing has happened."}
	}
	return passed("Webhooks arrive.",
		map[string]any{"last_s": int64(now.Sub(last).Seconds()), "lag_ms": lag.Milliseconds()})
}

// ownRelay subscribes as a client does, and waits for the end of the stored events (NIP-01 EOSE).
func (s *Server) ownRelay(ctx context.Context) Finding {
	down := func(layer string, err error) Finding {
		return Finding{Status: Fail, Code: RelayDown, Summary: "The relay does not answer a subscription.",
			Evidence: map[string]any{"layer": layer, "error": errorText(err)}}
	}
	ctx, cancel := context.WithTimeout(ctx, 2*layerTimeout)
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
			return passed("The relay answers a subscription.", nil)
		}
	}
}

// publicURL checks that the advertised URL reaches this server. Many networks do not let a machine reach its own public
// address, so a failed connection is only a warning.
func (s *Server) publicURL(ctx context.Context) Finding {
	status, body, err := getWith(ctx, s.HTTP, s.Addresses.Public+"/api/v1/config", nil)
	evidence := map[string]any{"url": s.Addresses.Public}
	if err != nil {
		evidence["error"] = errorText(err)
		if _, unknown := errors.AsType[*net.DNSError](err); unknown {
			return Finding{
				Status:   Warn,
				Summary:  "The name in the public URL cannot be resolved from this machine.",
				Hint:     "Add a DNS record that leads the name to this server, or correct NESTS_PUBLIC_URL.",
				Evidence: evidence,
			}
		}
		return Finding{Status: Warn, Summary: "This machine cannot reach the public URL.", Evidence: evidence,
			Hint: "This is fine if other machines can: some networks do not let a machine call its own public address."}
	}
	var config struct {
		Pubkey string `json:"pubkey"`
	}
	evidence["status"] = status
	if status != http.StatusOK || json.Unmarshal([]byte(body), &config) != nil || config.Pubkey == "" {
		return Finding{
			Status:   Fail,
			Code:     WrongAPIBase,
			Summary:  "Something other than Nests answers at the public URL.",
			Evidence: evidence,
		}
	}
	if config.Pubkey != s.Addresses.Pubkey {
		return Finding{
			Status:   Fail,
			Code:     PublicURL,
			Summary:  "Another Nests server answers at the public URL.",
			Evidence: evidence,
		}
	}
	return passed("The public URL leads to this server.", evidence)
}
