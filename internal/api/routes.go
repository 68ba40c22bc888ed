package api

import (
	"net/http"

	"nests/internal/diagnose"
	"nests/internal/nip"
)

// base of the nests API. Clients that append it to a service tag that has it already ask for it twice.
const base = nip.APIPath

// route is one row of the API: what is served, to whom, and how it reads in the OpenAPI file.
type route struct {
	method  string
	path    string // {x} stands for one segment, a trailing {x...} for the rest
	auth    auth
	limit   limit
	name    string // operation id, and the step of a log line
	handle  func(*exchange) error
	summary string
	query   string // names of query parameters
	body    any    // wire type, nil when none is read
	answers answers
	raw     http.Handler // where there is no handle: who serves the request itself, nil when it is not there
}

// answers are the wire types of successes by status; nil is an empty answer.
type answers map[int]any

// late says that the route reads its body by itself, once it is known whose it is: a large one costs memory.
func (r *route) late() bool {
	_, is := r.body.(picture)
	return is
}

// routes is everything that is served in JSON. docs/protocol and /api/docs follow it.
func (h *handler) routes() []route {
	entry, token, done := answers{200: EntryBody{}}, answers{200: TokenBody{}}, answers{204: nil}
	permitted := answers{201: nil, 204: nil}
	const nests, id, pictures = base, base + "/{id}", "/api/v1/pictures"
	return append([]route{
		{"PUT", nests, authKey, limitCreate, "create", h.create, "Create a nest", "", CreateBody{}, entry, nil},
		{"GET", nests, authOpen, limitAddr, "list", h.list, "Public nests with true counts", "status host limit cursor", nil, answers{200: ListBody{}}, nil},
		{"GET", id, authKey, limitDoor, "join", h.join, "Join: a token for the caller's key", "invite", nil, token, nil},
		{"GET", id + "/guest", authOpen, limitAddr, "guest", h.guest, "Listen without a key", "invite", nil, token, nil},
		{"GET", id + "/info", authOpen, limitAddr, "info", h.info, "What anyone may know of a nest; of a private one, those inside", "invite", nil, answers{200: NestBody{}}, nil},
		{"POST", id + "/permissions", authKey, limitWrite, "permissions", h.permissions, "Change stage or role of a key, or mute it once", "", PermissionsBody{}, permitted, nil},
		{"POST", id + "/restart", authKey, limitDoor, "restart", h.restart, "Live again under the same id: reopen, go live, fresh session, adopt", "", RestartBody{}, entry, nil},
		{"DELETE", id, authKey, limitWrite, "end", h.end, "End the nest", "", nil, done, nil},
		{"POST", id + "/close", authKey, limitWrite, "close", h.close, "End the show; moderators may too", "", nil, done, nil},
		{"GET", id + "/participants", authOpen, limitAddr, "participants", h.participants, "Who is here", "invite", nil, answers{200: ParticipantsBody{}}, nil},
		{"DELETE", id + "/participants/{identity}", authKey, limitWrite, "remove", h.remove, "Put somebody out, and ban on request", "", RemoveBody{}, done, nil},
		{"POST", id + "/hand", authKey, limitWrite, "hand", h.hand, "Raise or lower a hand", "", HandBody{}, done, nil},
		{"POST", id + "/mute-all", authKey, limitWrite, "muteAll", h.muteAll, "Mute everyone but the host, once", "", nil, done, nil},
		{"GET", id + "/bans", authKey, limitWrite, "bans", h.bans, "Who is kept out", "", nil, answers{200: BansBody{}}, nil},
		{"DELETE", id + "/bans/{pubkey}", authKey, limitWrite, "liftBan", h.liftBan, "Lift a ban", "", nil, done, nil},
		{"GET", id + "/members", authKey, limitWrite, "members", h.members, "Who is inside by place, stage or role", "", nil, answers{200: MembersBody{}}, nil},
		{"PUT", id + "/members/{pubkey}", authKey, limitWrite, "givePlace", h.givePlace, "Give a place in a private nest", "", nil, done, nil},
		{"DELETE", id + "/members/{pubkey}", authKey, limitWrite, "takePlace", h.takePlace, "Take the place back", "", nil, done, nil},
		{"GET", id + "/invites", authKey, limitWrite, "invites", h.invites, "The invites of a nest", "", nil, answers{200: InvitesBody{}}, nil},
		{"POST", id + "/invites", authKey, limitWrite, "invite", h.invite, "Make an invite; its secret is told this once", "", InviteBody{}, answers{201: NewInviteBody{}}, nil},
		{"DELETE", id + "/invites/{iid}", authKey, limitWrite, "revokeInvite", h.revokeInvite, "Revoke an invite", "", nil, done, nil},
		{"PUT", id + "/space", authKey, limitWrite, "space", h.putSpace, "Hand over a newer signed space", "", SpaceBody{}, answers{200: NestBody{}}, nil},
		{"GET", id + "/audit", authKey, limitWrite, "nestAudit", h.nestAudit, "For host and moderators: who did what to others in this nest", "cursor", nil, answers{200: AuditBody{}}, nil},
		{"PUT", pictures, authKey, limitWrite, "putPicture", h.putPicture, "Upload a picture for a nest: JPEG, PNG, WebP or GIF. It is made anew as a JPEG of at most 1200 px", "", picture{}, answers{201: PictureBody{}}, nil},
		{"GET", pictures + "/{name}", authOpen, limitAddr, "picture", h.picture, "An uploaded picture", "", nil, answers{200: jpegFile{}}, nil},
		{"GET", "/api/v1/live/{id}/live.m3u8", authOpen, limitAddr, "hls", h.hls, "HLS of a nest; not offered yet", "", nil, answers{}, nil},
		{"GET", id + "/diagnostics", authOpen, limitCheck, "diagnostics", h.diagnostics, "Why a nest does or does not work, with the evidence", "invite", nil, answers{200: diagnose.Report{}}, nil},
		{"GET", "/api/v1/diagnostics", authOpen, limitCheck, "serverDiagnostics", h.serverDiagnostics, "How this server is", "", nil, answers{200: diagnose.Report{}}, nil},
		{"POST", "/api/v1/check-room", authOpen, limitCheck, "checkRoom", h.checkRoom, "A throw-away room for connection tests", "", nil, answers{201: CheckRoomBody{}}, nil},
		{"POST", "/api/v1/session", authSigned, limitDoor, "openSession", h.openSession, "One signature for a session cookie of 7 days", "", nil, answers{200: SessionBody{}}, nil},
		{"DELETE", "/api/v1/session", authOpen, limitAddr, "closeSession", h.closeSession, "End the session of the cookie", "", nil, done, nil},
		{"GET", "/api/v1/config", authOpen, limitAddr, "config", h.config, "What a client needs before it signs", "", nil, answers{200: ConfigBody{}}, nil},
		{"GET", "/api/v1/openapi.json", authOpen, limitAddr, "openapi", h.openAPI, "This API as OpenAPI 3.1", "", nil, answers{200: map[string]any{}}, nil},
		{"GET", "/api/docs", authOpen, limitAddr, "docs", h.docsPage, "This API as a page", "", nil, answers{200: html("")}, nil},
		{"GET", "/api/docs.css", authOpen, limitAddr, "docsStyle", h.docsStyle, "The page's style", "", nil, answers{200: css("")}, nil},
		{"GET", "/health", authOpen, limitAddr, "health", h.health, "The process lives", "", nil, answers{200: HealthBody{}}, nil},
		{"GET", "/ready", authOpen, limitAddr, "ready", h.ready, "Which of store, media and relay is not ready", "", nil, answers{200: ReadyBody{}, 503: ReadyBody{}}, nil},
	}, append(h.operatorRoutes(), h.neighbours()...)...)
}

// operatorRoutes are for the keys of NESTS_OPERATORS and the server's own.
func (h *handler) operatorRoutes() []route {
	const operator = "/api/v1/operator"
	done := answers{204: nil}
	return []route{
		{"GET", operator + "/overview", authOperator, limitWrite, "overview", h.overview, "For operators: counts, open divergences, the outbox", "", nil, answers{200: OverviewBody{}}, nil},
		{"GET", operator + "/nests", authOperator, limitWrite, "allNests", h.allNests, "For operators: every nest with who is inside", "status host inhabited limit cursor", nil, answers{200: OperatorNestsBody{}}, nil},
		{"DELETE", operator + "/nests/{id}", authOperator, limitWrite, "operatorEnd", h.operatorEnd, "For operators: end any nest", "", nil, done, nil},
		{"GET", operator + "/blocks", authOperator, limitWrite, "blocks", h.blocks, "For operators: who is kept out", "", nil, answers{200: BlocksBody{}}, nil},
		{"POST", operator + "/blocks", authOperator, limitWrite, "block", h.block, "For operators: keep a key or addresses out, at once", "", NewBlockBody{}, answers{201: BlockBody{}}, nil},
		{"DELETE", operator + "/blocks/{subject}", authOperator, limitWrite, "unblock", h.unblock, "For operators: lift a block, at once", "", nil, done, nil},
		{"GET", operator + "/quotas", authOperator, limitWrite, "quotas", h.quotas, "For operators: how many nests keys may have at once", "", nil, answers{200: QuotasBody{}}, nil},
		{"PUT", operator + "/quotas/{key}", authOperator, limitWrite, "setQuota", h.setQuota, "For operators: give a key a number of its own", "", NewQuotaBody{}, done, nil},
		{"DELETE", operator + "/quotas/{key}", authOperator, limitWrite, "clearQuota", h.clearQuota, "For operators: as many as any other key again", "", nil, done, nil},
		{"GET", operator + "/creators", authOperator, limitWrite, "creators", h.creators, "For operators: the list of who may create", "", nil, answers{200: CreatorsBody{}}, nil},
		{"PUT", operator + "/creators/{key}", authOperator, limitWrite, "addCreator", h.addCreator, "For operators: put a key on the list", "", nil, done, nil},
		{"DELETE", operator + "/creators/{key}", authOperator, limitWrite, "removeCreator", h.removeCreator, "For operators: take a key off the list", "", nil, done, nil},
		{"GET", operator + "/reports", authOperator, limitWrite, "reports", h.reports, "For operators: what was reported (kind 1984)", "cursor", nil, answers{200: ReportsBody{}}, nil},
		{"DELETE", operator + "/reports/{report}", authOperator, limitWrite, "dismissReport", h.dismissReport, "For operators: done with a report", "", nil, done, nil},
		{"GET", operator + "/audit", authOperator, limitWrite, "audit", h.audit, "For operators: who did what to others", "nest actor limit cursor", nil, answers{200: AuditBody{}}, nil},
	}
}

// neighbours are the paths on our prefixes that another part serves: LiveKit behind its gate, and its webhooks.
func (h *handler) neighbours() []route {
	var rows []route
	row := func(method, path, name, summary string, class limit, served http.Handler) {
		rows = append(rows, route{method: method, path: path, limit: class, name: name, summary: summary, raw: served,
			answers: answers{http.StatusOK: nil}})
	}
	for _, under := range []string{"", "/livekit"} {
		for _, path := range []string{"/rtc", "/rtc/v1"} {
			row("GET", under+path, "signal", "LiveKit signalling, behind the gate (WebSocket)", limitAddr, h.Gate)
			row("GET", under+path+"/validate", "validate", "May this token connect now?", limitAddr, h.Gate)
		}
		row("POST", under+"/twirp/livekit.RoomService/{method}", "twirp", "LiveKit's room service, for holders of its key", limitAddr, h.Gate)
	}
	row("POST", "/webhooks/livekit", "webhook", "What LiveKit reports", limitNone, h.Webhook)
	row("POST", "/api/v1/livekit/webhook", "webhook", "What LiveKit reports", limitNone, h.Webhook)
	return rows
}
