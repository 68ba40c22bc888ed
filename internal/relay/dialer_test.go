package relay_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"nests/internal/nest"
	"nests/internal/nesttest"
	"nests/internal/relay"
)

func TestDialerRefusesPrivateAddresses(t *testing.T) {
	there := nesttest.NewRelay(t)
	for _, url := range []string{
		there.URL, strings.Replace(there.URL, "127.0.0.1", "localhost", 1), "ws://[::1]:7777",
		"ws://[::ffff:127.0.0.1]:7777", "ws://0.0.0.0:7777", "ws://127.1.2.3", "ws://10.0.0.1", "ws://192.168.1.1",
		"ws://172.16.0.1", "ws://169.254.169.254/latest/meta-data", "ws://100.64.0.1", "ws://[fd00:ec2::254]",
		"ws://[fe80::1]", "ws://[64:ff9b::7f00:1]", "ws://[2002:7f00:1::]", "ws://224.0.0.1", "ws://255.255.255.255",
		"ws://[ff02::1]", "ws://2130706433", "ws://192.0.2.1", "ws://1.1.1.1:22", "http://127.0.0.1", "", "ws://",
		"file:///etc/passwd",
	} {
		ws, err := relay.Dialer{}.Dial(t.Context(), url)
		if err == nil {
			_ = ws.CloseNow()
		}
		if url == "ws://2130706433" { // a decimal address is a host name to Go, and no resolver knows it
			if err == nil {
				t.Error("dialled a decimal loopback address")
			}
			continue
		}
		if !errors.Is(err, relay.ErrForbidden) {
			t.Errorf("%q: %v", url, err)
		}
	}
	if _, ever := there.Connections(); ever != 0 {
		t.Fatal("a connection went through")
	}
}

func TestDialerOnLoopback(t *testing.T) {
	there := nesttest.NewRelay(t)
	ws, err := relay.Dialer{AllowPrivate: true}.Dial(t.Context(), there.URL)
	if err != nil {
		t.Fatal(err)
	}
	_ = ws.CloseNow()
	if _, err := (relay.Dialer{
		AllowPrivate: true,
	}).Dial(t.Context(), "ws://169.254.169.254"); !errors.Is(err, relay.ErrForbidden) {
		t.Fatalf("metadata is never a relay: %v", err)
	}
	target := "http" + strings.TrimPrefix(there.URL, "ws")
	redirecting := httptest.NewServer(http.RedirectHandler(target, http.StatusFound))
	defer redirecting.Close()
	if _, err := (relay.Dialer{
		AllowPrivate: true,
	}).Dial(t.Context(), "ws"+strings.TrimPrefix(redirecting.URL, "http")); err == nil {
		t.Fatal("followed a redirect")
	}
}

func TestFetch(t *testing.T) {
	there := nesttest.NewRelay(t)
	dialer := relay.Dialer{AllowPrivate: true}
	good, forged := sign(t, host, space("Morning coffee")), sign(t, host, space("Forged"))
	forged.Sig = strings.Repeat("1", 128)
	there.Put(t, good)
	there.Put(t, forged)
	f := nest.EventFilter{
		Kinds:   []int{30312},
		Authors: []string{publicKey(t, host)},
		Tags:    map[string][]string{"d": {nestID}},
	}
	events, err := dialer.Fetch(t.Context(), there.URL, f)
	if err != nil || len(events) != 1 || events[0].ID != good.ID {
		t.Fatalf("%v, %v", events, err)
	}
	there.Set(nesttest.RelayDown, "")
	if _, err := dialer.Fetch(t.Context(), there.URL, f); err == nil {
		t.Fatal("a relay that is down answered")
	}
}
