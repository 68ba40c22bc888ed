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

// isResume returns whether a connection resumes a session that LiveKit still has. On /rtc the query states it, on
// /rtc/v1 the join request inside the query. What cannot be decoded counts as a new session; LiveKit refuses it.
func isResume(query url.Values) bool {
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

// unzip reads as many bytes at most as LiveKit itself does, and returns nil for what is not gzip.
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
