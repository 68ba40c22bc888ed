package media

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"

	"github.com/livekit/protocol/livekit"
	"google.golang.org/protobuf/proto"
)

// resuming says whether a connect wants to resume a session that LiveKit still has. /rtc says so in the query, /rtc/v1
// inside its join request. What cannot be read is a new session here; LiveKit refuses it.
func resuming(query url.Values) bool {
	switch query.Get("reconnect") {
	case "1", "true":
		return true
	}
	raw, err := base64.URLEncoding.DecodeString(query.Get("join_request"))
	if err != nil || len(raw) == 0 {
		return false
	}
	var wrapped livekit.WrappedJoinRequest
	if proto.Unmarshal(raw, &wrapped) != nil {
		return false
	}
	text := wrapped.GetJoinRequest()
	if wrapped.GetCompression() == livekit.WrappedJoinRequest_GZIP {
		text = unzip(text)
	}
	var join livekit.JoinRequest
	return proto.Unmarshal(text, &join) == nil && join.GetReconnect()
}

// unzip is bounded as LiveKit bounds it.
func unzip(compressed []byte) []byte {
	reader, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		return nil
	}
	text, err := io.ReadAll(io.LimitReader(reader, http.DefaultMaxHeaderBytes))
	if err != nil {
		return nil
	}
	return text
}
