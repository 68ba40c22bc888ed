package relay

import (
	"bytes"
	"encoding/json"

	"nests/internal/nest"
)

const maxSubscriptionID = 64

// message is a client's message: a label and its undecoded arguments.
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

// text returns argument i as a string, or "".
func (m message) text(i int) string {
	var s string
	if i >= len(m.args) || json.Unmarshal(m.args[i], &s) != nil {
		return ""
	}
	return s
}

// encode returns the bytes of a message. Its arguments are of types that can be encoded as JSON.
func encode(parts ...any) []byte {
	data, err := compact(parts)
	if err != nil {
		data, _ = json.Marshal([]string{"NOTICE", "error: an answer could not be written"})
	}
	return data
}

// eventMessage returns an EVENT message around an encoded event, which many subscriptions share.
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

// compact returns the JSON of v without the escapes for HTML, which take six bytes for one.
func compact(v any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(v)
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), err
}
