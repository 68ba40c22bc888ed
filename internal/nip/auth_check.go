package nip

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"nests/internal/nest"
)

// AuthWindow is how far created_at may differ from the server's clock, in both directions.
const AuthWindow = 60 * time.Second

// AuthRequest is the HTTP request that the event must match.
type AuthRequest struct {
	Method string
	URLs   []string // the configured public origins of this server; never taken from the request
	Path   string   // raw path and query as sent
	Body   []byte
	// BodyLater: the caller reads the body after authentication and then calls CheckPayload.
	BodyLater bool
}

// CheckAuth returns nil when e authenticates req at now (NIP-98). Cheap checks come first, the signature last.
func CheckAuth(e nest.Event, req AuthRequest, now time.Time) error {
	for _, check := range []func(nest.Event, AuthRequest, time.Time) *nest.Error{
		checkAuthKind, checkAuthTime, checkAuthURL, checkAuthMethod, checkAuthPayload, checkAuthSignature,
	} {
		if refusal := check(e, req, now); refusal != nil {
			return refusal
		}
	}
	return nil
}

func checkAuthKind(e nest.Event, _ AuthRequest, _ time.Time) *nest.Error {
	if e.Kind != KindAuth {
		return refuse(
			nest.CodeAuthKind,
			fmt.Sprintf("The event is of kind %d, not %d", e.Kind, KindAuth),
			"Sign an event of kind 27235 (NIP-98).",
		)
	}
	return nil
}

func checkAuthTime(e nest.Event, _ AuthRequest, now time.Time) *nest.Error {
	late := now.Unix() - e.CreatedAt
	window := int64(AuthWindow / time.Second)
	if -window <= late && late <= window {
		return nil
	}
	how := fmt.Sprintf("%d s behind", late)
	if late < 0 {
		how = fmt.Sprintf("%d s ahead of", -late)
	}
	return refuse(
		nest.CodeAuthTime,
		"The event's created_at is not within 60 seconds of the server's clock",
		fmt.Sprintf(
			"The server's time is %s (%d), the event is %s it. "+
				"Set the clock of this device, or sign again if the signer was slow.",
			now.UTC().Format(time.RFC3339),
			now.Unix(),
			how,
		),
	)
}

func checkAuthURL(e nest.Event, req AuthRequest, _ time.Time) *nest.Error {
	values := tagValues(e, "u")
	if len(values) != 1 {
		return refuse(
			nest.CodeAuthURLCount,
			fmt.Sprintf("The event has %d u tags instead of one", len(values)),
			"Give the request's URL in exactly one u tag.",
		)
	}
	origins := make([]string, 0, len(req.URLs))
	for _, configured := range req.URLs {
		if origin, ok := Origin(configured); ok {
			origins = append(origins, origin)
		}
	}
	if len(origins) == 0 {
		return refuse(
			nest.CodeAuthURL,
			"This server has no public URL configured",
			"The operator must set NESTS_PUBLIC_URL.",
		)
	}
	if slices.ContainsFunc(origins, func(origin string) bool { return values[0] == origin+req.Path }) {
		return nil
	}
	return refuse(
		nest.CodeAuthURL,
		"The event's u tag is not the URL of this request",
		"Expected "+origins[0]+req.Path+". If clients reach the server at another address, the operator must add it "+
			"to NESTS_PUBLIC_URL.",
	)
}

func checkAuthMethod(e nest.Event, req AuthRequest, _ time.Time) *nest.Error {
	values := tagValues(e, "method")
	if len(values) != 1 {
		return refuse(
			nest.CodeAuthMethodCount,
			fmt.Sprintf("The event has %d method tags instead of one", len(values)),
			"Give the HTTP method in exactly one method tag.",
		)
	}
	method := req.Method
	if method == "" {
		method = http.MethodGet
	}
	if !strings.EqualFold(values[0], method) {
		return refuse(
			nest.CodeAuthMethod,
			"The event's method tag is not the method of this request",
			"Expected "+method+".",
		)
	}
	return nil
}

func checkAuthPayload(e nest.Event, req AuthRequest, _ time.Time) *nest.Error {
	if req.BodyLater {
		return nil
	}
	return payloadOf(e, req.Body)
}

// CheckPayload checks the payload tag for a body that was read after CheckAuth.
func CheckPayload(e nest.Event, body []byte) error {
	if refusal := payloadOf(e, body); refusal != nil {
		return refusal
	}
	return nil
}

func payloadOf(e nest.Event, body []byte) *nest.Error {
	values := tagValues(e, "payload")
	if len(values) == 0 {
		return nil // published clients omit the tag
	}
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	for _, value := range values {
		if !strings.EqualFold(value, hash) {
			return refuse(nest.CodeAuthPayload, "The event's payload tag is not the SHA-256 of the received body",
				"Hash exactly the bytes you send, as lower-case hex.")
		}
	}
	return nil
}

func checkAuthSignature(e nest.Event, _ AuthRequest, _ time.Time) *nest.Error {
	n, err := ToNostr(e)
	if err != nil {
		return refuse(
			nest.CodeAuthJSON,
			"The event is malformed",
			"Send the signed event with all seven fields of NIP-01.",
		)
	}
	if !n.CheckID() {
		return refuse(
			nest.CodeAuthID,
			"The event's id is not the hash of the event",
			"Do not change an event after signing it.",
		)
	}
	if !n.VerifySignature() {
		return refuse(
			nest.CodeAuthSignature,
			"The event's signature does not verify",
			"Sign with the key in pubkey, and do not change the event afterwards.",
		)
	}
	return nil
}

// tagValues returns the value of every tag with that name, "" for a tag without a value.
func tagValues(e nest.Event, name string) []string {
	var values []string
	for _, tag := range e.Tags {
		if len(tag) == 0 || tag[0] != name {
			continue
		}
		value := ""
		if len(tag) > 1 {
			value = tag[1]
		}
		values = append(values, value)
	}
	return values
}
