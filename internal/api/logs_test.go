package api

import (
	"strings"
	"testing"

	"github.com/google/uuid"
)

// The log shows each step of a request, and contains no secret.
func TestLogs(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	host := newUser(t)
	var secrets []string
	send := func(q call) answer {
		if q.as.secret != "" {
			signed := r.auth(t, q.as, q.method, q.path)
			q.header = map[string]string{"Authorization": signed}
			secrets = append(secrets, signed, strings.TrimPrefix(signed, "Nostr "))
		}
		got := r.do(t, q)
		secrets = append(secrets, got.str("token"))
		if cookie := got.header.Get("Set-Cookie"); cookie != "" {
			secrets = append(secrets, strings.Split(strings.Split(cookie, ";")[0], "=")[1])
		}
		return got
	}
	id := send(call{method: "PUT", path: base, as: host}).str("roomId")
	send(call{method: "GET", path: base + "/" + id, as: host})
	send(call{method: "GET", path: base + "/" + id + "/guest?access_token=secrettoken"})
	send(call{method: "POST", path: "/api/v1/session", as: host})
	send(call{method: "PUT", path: base, as: host, body: "{"})
	send(call{method: "GET", path: base + "/" + id, as: user{secret: newUser(t).secret}, header: map[string]string{}})
	unknown := uuid.NewString()
	send(call{method: "GET", path: base + "/" + unknown + "/guest"})
	send(call{method: "GET", path: base + "/" + unknown, header: map[string]string{"Authorization": "Nostr c2VjcmV0"}})
	secrets = append(secrets, "secrettoken", "c2VjcmV0", host.pubkey, "192.0.2.1")

	log := r.logs.String()
	for _, secret := range secrets {
		if secret != "" && strings.Contains(log, secret) {
			t.Errorf("the log contains %.40s…", secret)
		}
	}
	for _, want := range []string{
		`msg="nest create requested" component=api identity=` + host.pubkey[:14],
		`msg="nest stored"`,
		`msg="token minted" component=api nest=` + id + ` identity=` + host.pubkey[:14] + ` step=create`,
		`step=guest`,
		`msg=refused component=api code=invalid_body step=decode`,
		`msg=refused component=api code=nest_not_found step=guest nest=` + unknown,
		`msg=refused component=api code=auth_json step=auth`,
		`msg=request component=api method=GET step=guest status=404`,
	} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %s", want)
		}
	}
	for line := range strings.Lines(log) {
		if strings.Contains(line, "component=api") && !strings.Contains(line, "request_id=") {
			t.Errorf("a log line of a request has no request_id: %s", line)
		}
	}
	if t.Failed() {
		t.Log(log)
	}
}
