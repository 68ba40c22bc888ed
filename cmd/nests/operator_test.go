package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"nests/internal/api"
)

// Each text in the list stands behind its author: the reporter, or the author of the reported event.
func TestReportsNameTheAuthorOfEachText(t *testing.T) {
	reporter, victim := strings.Repeat("a", 64), strings.Repeat("b", 64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(api.ReportsBody{Reports: []api.ReportBody{
			{
				ID:     "one",
				By:     reporter,
				Why:    "spam",
				Words:  "look at that",
				Pubkey: victim,
				Text:   "something bad",
				Author: reporter,
			},
		}})
	}))
	defer server.Close()
	code, out, err := nests(t, []string{"NESTS_DATA_DIR=" + t.TempDir()}, "operator", "reports",
		"--http-addr", strings.TrimPrefix(server.URL, "http://"),
		"--nostr-key", "6b911fd37cdf5c81d4c0adb1ab7fa822ed253ab0ad9aa18d77257c88b29b718e")
	if code != exitOK {
		t.Fatalf("exit code %d\n%s", code, err)
	}
	line := strings.Join(strings.Fields(out), " ")
	for _, want := range []string{"spam " + victim, reporter + " look at that", reporter + " something bad"} {
		if !strings.Contains(line, want) {
			t.Errorf("the list lacks %q:\n%s", want, out)
		}
	}
}
