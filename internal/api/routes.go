package api

import (
	"net/http"
	"slices"

	"nests/internal/diagnose"
	"nests/internal/nip"
)

// base is the path of the nests API. Some clients append it to a service tag that already contains it, so they request
// it doubled.
const base = nip.APIPath

// route is one row of the API: what is served, to whom, and how the OpenAPI document describes it.
type route struct {
	method string
	path   string // {x} stands for one segment
	name   string // operation id, log step and metric label; it never changes
	handle func(*exchange) error
	// served handles the request instead of handle, headers included. Nil together with handle answers 404.
	served http.Handler

	auth    auth
	limit   limit
	query   string // names of the query parameters, separated by spaces
	body    any    // wire type of the request; nil: none
	answers answers
	summary string
}

// answers are the wire types of successful answers by status. A nil type is an empty answer.
type answers map[int]any

// readsBody reports whether the handler reads the body itself, after authentication, because it can be large.
func (r *route) readsBody() bool {
	_, is := r.body.(picture)
	return is
}

// noContent, ok and created are the answers of a route with one successful status.
func noContent() answers { return answers{http.StatusNoContent: nil} }

func ok(body any) answers { return answers{http.StatusOK: body} }

func created(body any) answers { return answers{http.StatusCreated: body} }

// routes are all routes of the port, except the relay and the web app.
func (h *handler) routes() []route {
	return slices.Concat(h.nestRoutes(), h.memberRoutes(), h.serverRoutes(), h.operatorRoutes(), h.liveKitRoutes())
}

const nestPath = base + "/{id}"

// nestRoutes create, join, moderate and end nests.
func (h *handler) nestRoutes() []route {
	permitted := answers{http.StatusCreated: nil, http.StatusNoContent: nil}
	return []route{
		{
			method: "PUT", path: base, name: "create", handle: h.create,
			auth: authKey, limit: limitCreate, body: CreateBody{}, answers: ok(EntryBody{}),
			summary: "Create a nest",
		},
		{
			method: "GET", path: base, name: "list", handle: h.list,
			limit: limitAddr, query: "status host limit cursor", answers: ok(ListBody{}),
			summary: "List public nests with live counts",
		},
		{
			method: "GET", path: nestPath, name: "join", handle: h.join,
			auth: authKey, limit: limitJoin, query: "invite", answers: ok(TokenBody{}),
			summary: "Get a token for your key",
		},
		{
			method: "GET", path: nestPath + "/guest", name: "guest", handle: h.guest,
			limit: limitAddr, query: "invite", answers: ok(TokenBody{}),
			summary: "Get a token to listen without a key",
		},
		{
			method: "GET", path: nestPath + "/info", name: "info", handle: h.info,
			limit: limitAddr, query: "invite", answers: ok(NestBody{}),
			summary: "Get what the caller may know of a nest; a private nest requires access",
		},
		{
			method: "POST", path: nestPath + "/permissions", name: "permissions", handle: h.permissions,
			auth: authKey, limit: limitWrite, body: PermissionsBody{}, answers: permitted,
			summary: "Change the stage or role of a key, or mute it once",
		},
		{
			method: "POST", path: nestPath + "/restart", name: "restart", handle: h.restart,
			auth: authKey, limit: limitJoin, body: RestartBody{}, answers: ok(EntryBody{}),
			summary: "Make a nest live again under its id: reopen, go live, renew the session, or adopt",
		},
		{
			method: "DELETE", path: nestPath, name: "end", handle: h.end,
			auth: authKey, limit: limitWrite, answers: noContent(),
			summary: "End the nest",
		},
		{
			method: "POST", path: nestPath + "/close", name: "close", handle: h.close,
			auth: authKey, limit: limitWrite, answers: noContent(),
			summary: "End the show; moderators may do this, too",
		},
		{
			method: "GET", path: nestPath + "/participants", name: "participants", handle: h.participants,
			limit: limitAddr, query: "invite", answers: ok(ParticipantsBody{}),
			summary: "List the participants",
		},
		{
			method: "DELETE", path: nestPath + "/participants/{identity}", name: "remove", handle: h.remove,
			auth: authKey, limit: limitWrite, body: RemoveBody{}, answers: noContent(),
			summary: "Disconnect a participant, and ban it on request",
		},
		{
			method: "POST", path: nestPath + "/hand", name: "hand", handle: h.hand,
			auth: authKey, limit: limitWrite, body: HandBody{}, answers: noContent(),
			summary: "Raise or lower a hand",
		},
		{
			method: "POST", path: nestPath + "/mute-all", name: "muteAll", handle: h.muteAll,
			auth: authKey, limit: limitWrite, answers: noContent(),
			summary: "Mute everyone but the host, once",
		},
		{
			method: "GET", path: nestPath + "/bans", name: "bans", handle: h.bans,
			auth: authKey, limit: limitWrite, answers: ok(BansBody{}),
			summary: "List the bans",
		},
		{
			method: "DELETE", path: nestPath + "/bans/{pubkey}", name: "liftBan", handle: h.liftBan,
			auth: authKey, limit: limitWrite, answers: noContent(),
			summary: "Lift a ban",
		},
	}
}

// memberRoutes change what is stored about a nest.
func (h *handler) memberRoutes() []route {
	return []route{
		{
			method: "GET", path: nestPath + "/members", name: "members", handle: h.members,
			auth: authKey, limit: limitWrite, answers: ok(MembersBody{}),
			summary: "List who has access, is on stage or has a role",
		},
		{
			method: "PUT", path: nestPath + "/members/{pubkey}", name: "givePlace", handle: h.grantAccess,
			auth: authKey, limit: limitWrite, answers: noContent(),
			summary: "Grant access to a private nest",
		},
		{
			method: "DELETE", path: nestPath + "/members/{pubkey}", name: "takePlace", handle: h.revokeAccess,
			auth: authKey, limit: limitWrite, answers: noContent(),
			summary: "Revoke access",
		},
		{
			method: "GET", path: nestPath + "/invites", name: "invites", handle: h.invites,
			auth: authKey, limit: limitWrite, answers: ok(InvitesBody{}),
			summary: "List the invites of a nest",
		},
		{
			method: "POST", path: nestPath + "/invites", name: "invite", handle: h.invite,
			auth: authKey, limit: limitWrite, body: InviteBody{}, answers: created(NewInviteBody{}),
			summary: "Create an invite; only this answer contains its secret",
		},
		{
			method: "DELETE", path: nestPath + "/invites/{iid}", name: "revokeInvite", handle: h.revokeInvite,
			auth: authKey, limit: limitWrite, answers: noContent(),
			summary: "Revoke an invite",
		},
		{
			method: "PUT", path: nestPath + "/space", name: "space", handle: h.putSpace,
			auth: authKey, limit: limitWrite, body: SpaceBody{}, answers: ok(NestBody{}),
			summary: "Update the nest from a newer signed space event",
		},
		{
			method: "GET", path: nestPath + "/audit", name: "nestAudit", handle: h.nestAudit,
			auth: authKey, limit: limitWrite, query: "cursor", answers: ok(AuditBody{}),
			summary: "For host and moderators: the audit log of this nest",
		},
	}
}

// serverRoutes belong to no nest, or need none.
func (h *handler) serverRoutes() []route {
	const pictures = "/api/v1/pictures"
	return []route{
		{
			method: "PUT", path: pictures, name: "putPicture", handle: h.putPicture,
			auth: authKey, limit: limitWrite, body: picture{}, answers: created(PictureBody{}),
			summary: "Upload a picture for a nest: JPEG, PNG, WebP or GIF, converted to a JPEG of at most 1200 px",
		},
		{
			method: "GET", path: pictures + "/{name}", name: "picture", handle: h.picture,
			limit: limitAddr, answers: ok(jpegFile{}),
			summary: "Get an uploaded picture",
		},
		{
			method: "GET", path: "/api/v1/live/{id}/live.m3u8", name: "hls", handle: h.hls,
			limit: limitAddr, answers: answers{},
			summary: "HLS of a nest; not offered yet",
		},
		{
			method: "GET", path: nestPath + "/diagnostics", name: "diagnostics", handle: h.diagnostics,
			limit: limitCheck, query: "invite", answers: ok(diagnose.Report{}),
			summary: "Explain why a nest works or does not, with evidence",
		},
		{
			method: "GET", path: "/api/v1/diagnostics", name: "serverDiagnostics", handle: h.serverDiagnostics,
			limit: limitCheck, answers: ok(diagnose.Report{}),
			summary: "Report on this server",
		},
		{
			method: "POST", path: "/api/v1/check-room", name: "checkRoom", handle: h.createTestRoom,
			limit: limitCheck, answers: created(TestRoomBody{}),
			summary: "Create a temporary room for a connection test",
		},
		{
			method: "POST", path: "/api/v1/session", name: "openSession", handle: h.openSession,
			auth: authSigned, limit: limitJoin, answers: ok(SessionBody{}),
			summary: "Exchange one signature for a session cookie of 7 days",
		},
		{
			method: "DELETE", path: "/api/v1/session", name: "closeSession", handle: h.closeSession,
			limit: limitAddr, answers: noContent(),
			summary: "End the session of the cookie",
		},
		{
			method: "GET", path: "/api/v1/config", name: "config", handle: h.config,
			limit: limitAddr, answers: ok(ConfigBody{}),
			summary: "Get what a client needs before it signs",
		},
		{
			method: "GET", path: "/api/v1/openapi.json", name: "openapi", handle: h.openAPI,
			limit: limitAddr, answers: ok(map[string]any{}),
			summary: "Get this API as OpenAPI 3.1",
		},
		{
			method: "GET", path: "/api/docs", name: "docs", handle: h.docsPage,
			limit: limitAddr, answers: ok(html("")),
			summary: "Read this API as a page",
		},
		{
			method: "GET", path: "/api/docs.css", name: "docsStyle", handle: h.docsStyle,
			limit: limitAddr, answers: ok(css("")),
			summary: "Get the style of that page",
		},
		{
			method: "GET", path: "/health", name: "health", handle: h.health,
			limit: limitAddr, answers: ok(HealthBody{}),
			summary: "Check that the process runs",
		},
		{
			method: "GET", path: "/ready", name: "ready", handle: h.ready,
			limit: limitAddr, answers: answers{http.StatusOK: ReadyBody{}, http.StatusServiceUnavailable: ReadyBody{}},
			summary: "Check which of store, media and relay are ready",
		},
	}
}

// liveKitRoutes are served by the gate and by the receiver of webhooks.
func (h *handler) liveKitRoutes() []route {
	var rows []route
	add := func(method, path, name, summary string, class limit, served http.Handler) {
		rows = append(rows, route{
			method:  method,
			path:    path,
			name:    name,
			served:  served,
			limit:   class,
			answers: ok(nil),
			summary: summary,
		})
	}
	const (
		signal   = "LiveKit signalling, behind the gate (WebSocket)"
		validate = "Check whether this token may connect now"
		twirp    = "LiveKit's room service, for holders of its API key"
		webhook  = "Receive LiveKit's webhooks"
	)
	for _, prefix := range []string{"", "/livekit"} {
		for _, path := range []string{"/rtc", "/rtc/v1"} {
			add("GET", prefix+path, "signal", signal, limitAddr, h.Gate)
			add("GET", prefix+path+"/validate", "validate", validate, limitAddr, h.Gate)
		}
		add("POST", prefix+"/twirp/livekit.RoomService/{method}", "twirp", twirp, limitAddr, h.Gate)
	}
	add("POST", "/webhooks/livekit", "webhook", webhook, limitNone, h.Webhook)
	add("POST", "/api/v1/livekit/webhook", "webhook", webhook, limitNone, h.Webhook)
	return rows
}
