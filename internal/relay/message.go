package relay

import (
	"bytes"
	"encoding/json"

	"nests/internal/nest"
)

const maxSubscriptionID = 64

// message is what a client sent: a label and its arguments, still raw.
type message struct {
	label string
	args  []json.RawMessage
}

func parseMessage(data []byte) (message, error) {
	var parts []json.RawMessage
	var m message
	if err := json.Unmarshal(data, &parts); err != nil || len(parts) == 0 {
		return m, refusef("invalid", "a message is a JSON array that begins with a label")
	}
	if err := json.Unmarshal(parts[0], &m.label); err != nil {
		return m, refusef("invalid", "a message begins with a label")
	}
	m.args = parts[1:]
	return m, nil
}

// text is argument i as a string, or "".
func (m message) text(i int) string {
	var s string
	if i >= len(m.args) || json.Unmarshal(m.args[i], &s) != nil {
		return ""
	}
	return s
}

// encode makes the bytes of a message to a client. It is given only types that have a JSON form.
func encode(parts ...any) []byte {
	data, err := compact(parts)
	if err != nil {
		data, _ = json.Marshal([]string{"NOTICE", "error: an answer could not be written"})
	}
	return data
}

// eventMessage is an EVENT message around an event that is encoded once for many subscriptions.
func eventMessage(subscription string, event json.RawMessage) []byte {
	data := append([]byte(`["EVENT",`), encodeString(subscription)...)
	return append(append(append(data, ','), event...), ']')
}

func encodeString(s string) []byte {
	data, _ := json.Marshal(s) // a string always has a JSON form
	return data
}

func encodeEvent(e nest.Event) json.RawMessage {
	if e.Tags == nil {
		e.Tags = [][]string{}
	}
	data, err := compact(e)
	if err != nil {
		return json.RawMessage("{}")
	}
	return data
}

// compact is the JSON of v without the escapes that make it fit for HTML: they take six bytes for one, and nothing here is HTML.
func compact(v any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(v)
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), err
}
