package relay_test

import (
	"testing"

	"nests/internal/nest"
)

func TestBannedMembersCannotChat(t *testing.T) {
	r := newRig(t, nil)
	a := r.liveNest()
	r.put(r.nest(), nest.Member{Nest: nestID, Pubkey: publicKey(t, listener), Role: nest.RoleMember, Banned: true})
	r.dial().publish(sign(t, listener, nest.Event{
		Kind: 1311,
		Tags: [][]string{{"a", a}},
	}), "restricted: you are banned")
}

func TestPrivateNest(t *testing.T) {
	r := newRig(t, nil)
	a := r.liveNest()
	hostClient := r.dial()
	hostClient.publish(sign(t, host, space("Secret", []string{"p", publicKey(t, listener), "", "Speaker"})), "")
	n := r.nest()
	n.Access = nest.Private
	r.put(n)

	outside, inside := r.dial(), r.dial()
	outside.send("REQ", "all", map[string]any{})
	outside.expect("EOSE", "all")
	outside.send("REQ", "chat", map[string]any{"#a": []string{a}})
	outside.expect("AUTH")
	outside.expect("CLOSED", "chat", "auth-required: …")
	outside.send("COUNT", "chat", map[string]any{"#a": []string{a}})
	outside.expect("AUTH")
	outside.expect("CLOSED", "chat", "auth-required: …")

	inside.send("REQ", "space", map[string]any{
		"kinds":   []int{30312},
		"authors": []string{publicKey(t, host)},
		"#d":      []string{nestID},
	})
	challenge := inside.expect("AUTH")[1].(string)
	inside.expect("CLOSED", "space", "auth-required: …")
	answer := func(secret, challenge, url string) nest.Event {
		return sign(t, secret, nest.Event{Kind: 22242, Tags: [][]string{{"relay", url}, {"challenge", challenge}}})
	}
	for _, bad := range []nest.Event{
		answer(listener, "x", "wss://nests.example/relay"),
		answer(listener, challenge, "wss://evil.example"),
		sign(t, listener, nest.Event{
			Kind: 1,
			Tags: [][]string{{"relay", "wss://nests.example/relay"}, {"challenge", challenge}},
		})} {
		inside.send("AUTH", bad)
		inside.expect("OK", bad.ID, false, "invalid: …")
	}
	good := answer(listener, challenge, "wss://nests.example/relay/")
	inside.send("AUTH", good)
	inside.expect("OK", good.ID, true)
	inside.send("REQ", "space", map[string]any{
		"kinds":   []int{30312},
		"authors": []string{publicKey(t, host)},
		"#d":      []string{nestID},
	})
	inside.expect("EVENT", "space")
	inside.expect("EOSE", "space")
	inside.send("REQ", "chat", map[string]any{"#a": []string{a}})
	inside.expect("EOSE", "chat")

	line := sign(t, listener, nest.Event{Kind: 1311, Content: "psst", Tags: [][]string{{"a", a}}})
	r.dial().publish(sign(t, otherKey, nest.Event{
		Kind: 1311,
		Tags: [][]string{{"a", a}},
	}), "restricted: this nest is private")
	inside.send("EVENT", line)
	inside.expectBoth([]any{"OK", line.ID, true}, []any{"EVENT", "chat", line})
	// A reaction that names nothing but the line is as private as the line.
	clap := sign(t, listener, nest.Event{Kind: 7, Content: "👏", Tags: [][]string{{"e", line.ID}}})
	r.dial().publish(sign(t, otherKey, nest.Event{
		Kind: 7,
		Tags: [][]string{{"e", line.ID}},
	}), "restricted: this nest is private")
	inside.send("REQ", "claps", map[string]any{"#e": []string{line.ID}})
	inside.expect("EOSE", "claps")
	inside.send("EVENT", clap)
	inside.expectBoth([]any{"OK", clap.ID, true}, []any{"EVENT", "claps", clap})
	outside.send("REQ", "later", map[string]any{
		"kinds": []int{1311, 7},
	}) // had they been shown live, they would come before this
	outside.expect("EOSE", "later")
}
