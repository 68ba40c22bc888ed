package relay

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"nests/internal/nest"
	"nests/internal/nip"
)

const (
	kindClientAuth = 22242
	authWindow     = 10 * time.Minute // NIP-42
	maxKeysPerConn = 8
)

// handleAuth answers an AUTH, by which a client proves a key (NIP-42).
func (c *conn) handleAuth(ctx context.Context, m message) {
	if len(m.args) != 1 {
		c.notice(ctx, refusef("invalid", "AUTH carries one event"))
		return
	}
	if err := c.allowRequest(); err != nil { // each takes the check of a signature
		c.answerOK(ctx, eventID(m.args[0]), err)
		return
	}
	e, err := nip.Parse(m.args[0])
	if err != nil {
		c.answerOK(ctx, eventID(m.args[0]), err)
		return
	}
	if err = c.checkProof(e); err == nil {
		c.mu.Lock()
		switch {
		case slices.Contains(c.proven, e.PubKey):
		case len(c.proven) >= maxKeysPerConn:
			err = refusef("restricted", "at most %d keys on one connection", maxKeysPerConn)
		default:
			c.proven = append(slices.Clip(c.proven), e.PubKey) // readers hold the old slice
		}
		c.mu.Unlock()
		c.closeIfBlocked()
	}
	c.answerOK(ctx, e.ID, err)
}

func (c *conn) checkProof(e nest.Event) error {
	age := c.relay.config.Now().Sub(time.Unix(e.CreatedAt, 0))
	switch {
	case e.Kind != kindClientAuth:
		return refusef("invalid", "AUTH carries an event of kind %d", kindClientAuth)
	case e.Tag("challenge") != c.challenge:
		return refusef("invalid", "the challenge is not this connection's")
	case !c.relay.isOwnURL(e.Tag("relay")):
		return refusef("invalid", "the relay tag is not %s", c.relay.config.URL)
	case age.Abs() > authWindow:
		return refusef("invalid", "created_at is not within 10 minutes of the server's clock")
	}
	if err := nip.Verify(e); err != nil {
		return err
	}
	return c.relay.config.Domain.CheckBlocked(e.PubKey)
}

// isOwnURL reports whether a URL is one of this relay's, however it is spelled.
func (r *Relay) isOwnURL(url string) bool {
	name, err := nip.RelayURL(url)
	own := append([]string{r.config.URL}, r.config.Aliases...)
	return err == nil && slices.ContainsFunc(own, func(url string) bool {
		canonical, err := nip.RelayURL(url)
		return err == nil && canonical == name
	})
}

// answerOK answers an EVENT or AUTH, and returns the prefix of a refusal.
func (c *conn) answerOK(ctx context.Context, id string, err error) (prefix string) {
	if err == nil {
		c.answer(ctx, "OK", id, true, "")
		return ""
	}
	text := c.relay.reason(ctx, err)
	switch prefixOf(err) {
	case "duplicate":
		c.answer(ctx, "OK", id, true, text)
		return ""
	case "auth-required":
		c.answer(ctx, "AUTH", c.challenge)
	}
	c.answer(ctx, "OK", id, false, text)
	prefix, _, _ = strings.Cut(text, ":")
	return prefix
}

// eventID returns the id that an invalid event states, so that the client can match the answer to it.
func eventID(data json.RawMessage) string {
	var claimed struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(data, &claimed) != nil || !nest.IsPubkey(claimed.ID) {
		return ""
	}
	return claimed.ID
}
