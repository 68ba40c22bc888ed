package relay

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/coder/websocket"

	"nests/internal/nest"
	"nests/internal/nip"
)

const (
	answerTimeout = 10 * time.Second
	maxReason     = 200 // runes that are kept of a relay's answer
)

// peer is a connection to another relay. One goroutine at a time reads from it; writes may be concurrent.
type peer struct{ ws *websocket.Conn }

func (p peer) close() { _ = p.ws.CloseNow() }

func (p peer) send(ctx context.Context, parts ...any) error {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	return p.ws.Write(ctx, websocket.MessageText, encode(parts...))
}

func (p peer) read(ctx context.Context) (message, error) {
	kind, data, err := p.ws.Read(ctx)
	if err != nil {
		return message{}, err
	}
	if kind != websocket.MessageText {
		return message{}, refusef("invalid", "the relay sent a binary message")
	}
	return parseMessage(data)
}

// publish sends e and waits for the relay's answer.
func (p peer) publish(ctx context.Context, e nest.Event) (ok bool, text string, err error) {
	if err := p.send(ctx, "EVENT", encodeEvent(e)); err != nil {
		return false, "", err
	}
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	for {
		m, err := p.read(ctx)
		if err != nil && prefixOf(err) == "" { // an invalid message is skipped
			return false, "", err
		}
		if m.label == "OK" && m.text(0) == e.ID {
			return len(m.args) > 1 && string(m.args[1]) == "true", nip.CleanLine(m.text(2), maxReason), nil
		}
	}
}

// Fetch returns stored events of another relay: those that verify and match, at most the filter's limit or 100.
func (d Dialer) Fetch(ctx context.Context, url string, f nest.EventFilter) ([]nest.Event, error) {
	ws, err := d.Dial(ctx, url)
	if err != nil {
		return nil, err
	}
	p := peer{ws}
	defer p.close()
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	if f.Limit <= 0 || f.Limit > 100 {
		f.Limit = 100
	}
	if err := p.send(ctx, "REQ", "fetch", filterFields(f)); err != nil {
		return nil, err
	}
	asked := prepare(filter{EventFilter: f})
	var events []nest.Event
	for range 2 * f.Limit {
		m, err := p.read(ctx)
		switch {
		case err != nil && prefixOf(err) == "":
			return events, err
		case m.label == "EOSE" && m.text(0) == "fetch":
			return events, nil
		case m.label == "CLOSED" && m.text(0) == "fetch":
			return events, fmt.Errorf("the relay refuses: %s", nip.CleanLine(m.text(1), maxReason))
		case m.label == "EVENT" && len(m.args) == 2 && len(events) < f.Limit:
			e, err := nip.Parse(m.args[1])
			if err == nil && asked.matches(indexTags(e)) && nip.Verify(e) == nil {
				events = append(events, e)
			}
		}
	}
	return events, nil
}

// filterFields returns a filter in its wire form.
func filterFields(f nest.EventFilter) map[string]any {
	fields := map[string]any{}
	set := func(name string, value any, isSet bool) {
		if isSet {
			fields[name] = value
		}
	}
	set("ids", f.IDs, len(f.IDs) > 0)
	set("authors", f.Authors, len(f.Authors) > 0)
	set("kinds", f.Kinds, len(f.Kinds) > 0)
	set("since", f.Since, f.Since > 0)
	set("until", f.Until, f.Until > 0)
	set("limit", f.Limit, f.Limit > 0)
	for name, values := range f.Tags {
		fields["#"+name] = values
	}
	return fields
}

// plainError returns the text that users may see of a failed connection: without resolved addresses and wrapped
// errors.
func plainError(err error) string {
	s := err.Error()
	if i := strings.LastIndex(s, ": "); i >= 0 {
		s = s[i+2:]
	}
	return nip.CleanLine("not reached: "+s, maxReason)
}
