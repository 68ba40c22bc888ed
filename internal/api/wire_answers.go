package api

import "nests/internal/nest"

// EntryBody answers create and restart.
type EntryBody struct {
	RoomID    string   `json:"roomId"`
	Endpoints []string `json:"endpoints" minItems:"1" doc:"wss+livekit://host[:port], then HLS if the nest has it"`
	Token     string   `json:"token" doc:"LiveKit access token of the caller"`
	Message   string   `json:"message,omitempty" doc:"What a restart did"`
}

// TokenBody is a LiveKit access token.
type TokenBody struct {
	Token string `json:"token"`
}

// NestBody is what the caller may know of a nest. The first five fields are read by published clients.
type NestBody struct {
	Host      string   `json:"host"`
	Speakers  []string `json:"speakers" doc:"Everyone on stage"`
	Admins    []string `json:"admins" doc:"Host and moderators"`
	Link      string   `json:"link" doc:"naddr of the space"`
	Recording bool     `json:"recording"`

	RoomID string `json:"roomId"`
	Status string `json:"status" enum:"active,live,open,planned,ended" doc:"active: joinable; in lists live or open"`

	Title            string   `json:"title"`
	Summary          string   `json:"summary"`
	Image            string   `json:"image"`
	Color            string   `json:"color"`
	Hashtags         []string `json:"hashtags"`
	Access           string   `json:"access" enum:"open,private"`
	Guests           bool     `json:"guests"`
	Endpoints        []string `json:"endpoints"`
	ParticipantCount *int     `json:"participantCount,omitempty" doc:"Absent if LiveKit does not respond"`
	OnStage          *int     `json:"on_stage,omitempty" doc:"Participants on stage; absent if unknown"`
	CreatedAt        int64    `json:"createdAt" doc:"Unix ms"`
	StartsAt         int64    `json:"starts_at,omitempty" doc:"Unix ms"`
	SignatureOwed    bool     `json:"signature_owed" doc:"The nest changed; its host must sign a new event"`
}

// nestBody is a view with the status "active" for a joinable nest, as published clients expect.
func (p PublicConfig) nestBody(v nest.View) NestBody {
	n := v.Nest
	body := NestBody{
		Host:          n.Host,
		Speakers:      notNil(v.Speakers),
		Admins:        notNil(v.Admins),
		Link:          v.Link,
		Recording:     n.Recording,
		RoomID:        n.ID,
		Status:        string(n.Status),
		Title:         n.Title,
		Summary:       n.Summary,
		Image:         n.Image,
		Color:         n.Color,
		Hashtags:      notNil(n.Hashtags),
		Access:        string(n.Access),
		Guests:        n.Guests,
		Endpoints:     p.endpoints(n),
		CreatedAt:     n.CreatedAt,
		StartsAt:      n.StartsAt,
		SignatureOwed: n.SignatureDue,
	}
	if n.Joinable() {
		body.Status = "active"
	}
	if v.CountKnown {
		body.ParticipantCount, body.OnStage = &v.Count, &v.OnStage
	}
	return body
}

// listedNestBody is a view with the status of lists, where "live" has participants on stage and "open" has none.
func (p PublicConfig) listedNestBody(v nest.View) NestBody {
	body := p.nestBody(v)
	switch {
	case !v.Nest.Joinable():
		body.Status = string(v.Nest.Status)
	case v.OnStage > 0:
		body.Status = "live"
	default:
		body.Status = "open"
	}
	return body
}

// ListBody is a page of nests.
type ListBody struct {
	Nests []NestBody `json:"nests"`
	Next  string     `json:"next" doc:"Cursor of the next page; empty on the last one"`
}

// ParticipantsBody lists the participants of a nest.
type ParticipantsBody struct {
	Participants []ParticipantBody `json:"participants"`
}

// ParticipantBody is one participant.
type ParticipantBody struct {
	Identity  string `json:"identity"`
	Pubkey    string `json:"pubkey,omitempty" doc:"Absent for guests"`
	Role      string `json:"role" enum:"host,admin,member"`
	OnStage   bool   `json:"on_stage"`
	Muted     bool   `json:"muted"`
	HandSince int64  `json:"hand_since,omitempty" doc:"Unix ms"`
}

// BansBody lists the bans of a nest.
type BansBody struct {
	Bans []BanBody `json:"bans"`
}

// BanBody is one ban. A removed guest is banned by its identity.
type BanBody struct {
	Pubkey   string `json:"pubkey"`
	BannedAt int64  `json:"banned_at" doc:"Unix ms"`
	Until    int64  `json:"until,omitempty" doc:"Unix ms; absent: until it is lifted"`
}

// MembersBody lists who has access, is on stage or has a role, connected or not.
type MembersBody struct {
	Members []MemberBody `json:"members"`
}

// MemberBody is one member. The pubkey of a guest is its identity.
type MemberBody struct {
	Pubkey    string `json:"pubkey"`
	Role      string `json:"role" enum:"host,admin,member"`
	OnStage   bool   `json:"on_stage"`
	HasAccess bool   `json:"place" doc:"Has access to the private nest"`
}

// NewInviteBody is a new invite with its secret, which endpoints and the nest's page accept as ?invite=.
type NewInviteBody struct {
	ID     string `json:"id"`
	Invite string `json:"invite" doc:"The secret, which no other answer contains"`
}

// InvitesBody lists the invites of a nest, newest first.
type InvitesBody struct {
	Invites []InviteView `json:"invites"`
}

// InviteView is an invite without its secret.
type InviteView struct {
	ID        string `json:"id"`
	CreatedBy string `json:"created_by"`
	CreatedAt int64  `json:"created_at" doc:"Unix ms"`
	ExpiresAt int64  `json:"expires_at,omitempty" doc:"Unix ms; absent: never"`
	MaxUses   int64  `json:"max_uses,omitempty" doc:"Absent: no limit"`
	Uses      int64  `json:"uses" doc:"How many users it gave access"`
}

// PictureBody is an uploaded picture as the server stored it.
type PictureBody struct {
	URL    string `json:"url" doc:"For the image tag of a space; its content never changes"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
}

// TestRoomBody is a test room and a token for it.
type TestRoomBody struct {
	Endpoint  string `json:"endpoint"`
	Token     string `json:"token"`
	ExpiresAt int64  `json:"expires_at" doc:"Unix ms"`
}

// SessionBody is a new API session.
type SessionBody struct {
	Pubkey  string `json:"pubkey"`
	Expires int64  `json:"expires" doc:"Unix ms"`
}

// HealthBody answers /health.
type HealthBody struct {
	Status     string `json:"status" enum:"healthy"`
	Version    string `json:"version"`
	ServerTime int64  `json:"server_time" doc:"Unix ms"`
}

// ReadyBody answers /ready.
type ReadyBody struct {
	Status     string            `json:"status" enum:"ready,not ready"`
	Parts      map[string]string `json:"parts" doc:"ok or failing, by the name of the part"`
	Error      string            `json:"error,omitempty"`
	Code       string            `json:"code,omitempty"`
	Hint       string            `json:"hint,omitempty"`
	RequestID  string            `json:"request_id,omitempty"`
	RetryAfter int               `json:"retry_after,omitempty" doc:"Seconds"`
}

// ConfigBody is the public configuration of the server.
type ConfigBody struct {
	Version    string     `json:"version"`
	ServerTime int64      `json:"server_time" doc:"Unix ms"`
	PublicURLs []string   `json:"public_urls" doc:"Origins that signed requests may name; the first is advertised"`
	API        string     `json:"api" doc:"Base URL of the nests API"`
	Endpoints  []string   `json:"endpoints" doc:"Where LiveKit clients connect"`
	Relay      string     `json:"relay"`
	Relays     []string   `json:"relays" doc:"Default outside relays of nests"`
	Pubkey     string     `json:"pubkey" doc:"The server's own key"`
	Create     string     `json:"create" doc:"Who may create: anyone, list, follows"`
	Limits     LimitsBody `json:"limits"`
}

// LimitsBody are the limits of the server.
type LimitsBody struct {
	Participants   int `json:"participants" doc:"Of one nest; 0: no limit"`
	BodyBytes      int `json:"body_bytes"`
	PictureBytes   int `json:"picture_bytes"`
	Relays         int `json:"relays"`
	TitleLength    int `json:"title_length"`
	SummaryLength  int `json:"summary_length"`
	Hashtags       int `json:"hashtags"`
	AuthSeconds    int `json:"auth_seconds" doc:"How far created_at may differ from the server's clock"`
	TokenSeconds   int `json:"token_seconds"`
	SessionSeconds int `json:"session_seconds"`
}

// ErrorBody is the body of every refusal.
type ErrorBody struct {
	Error      string           `json:"error" doc:"What happened, in one sentence"`
	Code       string           `json:"code" doc:"Identifies the cause; x-error-codes lists all"`
	Hint       string           `json:"hint,omitempty" doc:"What to do"`
	RequestID  string           `json:"request_id"`
	ServerTime int64            `json:"server_time" doc:"Unix ms"`
	RetryAfter int              `json:"retry_after,omitempty" doc:"Seconds"`
	Title      string           `json:"title,omitempty" doc:"Title of an ended or planned nest"`
	Host       string           `json:"host,omitempty"`
	EndedAt    int64            `json:"ended_at,omitempty" doc:"Unix ms"`
	StartsAt   int64            `json:"starts_at,omitempty" doc:"Unix ms"`
	Recordings *[]RecordingBody `json:"recordings,omitempty" doc:"Published recordings of an ended nest"`
	HLS        string           `json:"hls,omitempty" doc:"URL to listen to a full nest"`
}

// RecordingBody is one recording. Its times are unix seconds, as published clients expect.
type RecordingBody struct {
	ID      string `json:"id"`
	Started int64  `json:"started"`
	Stopped int64  `json:"stopped,omitempty"`
	URL     string `json:"url"`
}
