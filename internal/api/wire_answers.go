package api

import "nests/internal/nest"

// EntryBody is what creating and restarting give: the nest, where to connect, and the caller's token.
type EntryBody struct {
	RoomID    string   `json:"roomId"`
	Endpoints []string `json:"endpoints" minItems:"1" doc:"wss+livekit://host[:port], then the HLS URL when there is one"`
	Token     string   `json:"token"`
	Message   string   `json:"message,omitempty" doc:"What a restart did"`
}

// TokenBody is a LiveKit access token.
type TokenBody struct {
	Token string `json:"token"`
}

// NestBody is what a visitor may know of a nest. The first five fields are read by published clients.
type NestBody struct {
	Host      string   `json:"host"`
	Speakers  []string `json:"speakers" doc:"Everyone on stage"`
	Admins    []string `json:"admins" doc:"Host and moderators"`
	Link      string   `json:"link" doc:"naddr of the space"`
	Recording bool     `json:"recording"`

	RoomID           string   `json:"roomId"`
	Status           string   `json:"status" enum:"active,live,open,planned,ended" doc:"active while joinable; the list tells live (someone on stage is inside) from open (nobody is)"`
	Title            string   `json:"title"`
	Summary          string   `json:"summary"`
	Image            string   `json:"image"`
	Color            string   `json:"color"`
	Hashtags         []string `json:"hashtags"`
	Access           string   `json:"access" enum:"open,private"`
	Guests           bool     `json:"guests"`
	Endpoints        []string `json:"endpoints"`
	ParticipantCount *int     `json:"participantCount,omitempty" doc:"People inside; absent while that is not known"`
	OnStage          *int     `json:"on_stage,omitempty" doc:"How many of the speakers are inside; absent while that is not known"`
	CreatedAt        int64    `json:"createdAt" doc:"Unix ms"`
	StartsAt         int64    `json:"starts_at,omitempty" doc:"Unix ms"`
	SignatureOwed    bool     `json:"signature_owed" doc:"The newest space says otherwise: its host must sign once"`
}

// nestBody is a view on the wire, where "active" means joinable.
func (p PublicConfig) nestBody(v nest.View) NestBody {
	n := v.Nest
	body := NestBody{
		Host: n.Host, Speakers: list(v.Speakers), Admins: list(v.Admins), Link: v.Link, Recording: n.Recording,
		RoomID: n.ID, Status: string(n.Status), Title: n.Title, Summary: n.Summary, Image: n.Image, Color: n.Color,
		Hashtags: list(n.Hashtags), Access: string(n.Access), Guests: n.Guests, Endpoints: p.endpoints(n),
		CreatedAt: n.CreatedAt, StartsAt: n.StartsAt, SignatureOwed: n.SignatureOwed,
	}
	if n.Joinable() {
		body.Status = "active"
	}
	if v.CountKnown {
		body.ParticipantCount, body.OnStage = &v.Count, &v.OnStage
	}
	return body
}

// ListBody is a page of the lobby.
type ListBody struct {
	Nests []NestBody `json:"nests"`
	Next  string     `json:"next" doc:"The cursor of the next page, empty on the last"`
}

// ParticipantsBody is who is here.
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

// BansBody lists who is kept out.
type BansBody struct {
	Bans []BanBody `json:"bans"`
}

// BanBody is one ban; a removed guest has one under its identity.
type BanBody struct {
	Pubkey   string `json:"pubkey"`
	BannedAt int64  `json:"banned_at" doc:"Unix ms"`
	Until    int64  `json:"until,omitempty" doc:"Unix ms; absent: until lifted"`
}

// MembersBody lists who is inside by place, stage or role, whether connected or not.
type MembersBody struct {
	Members []MemberBody `json:"members"`
}

// MemberBody is one of them; a guest has its identity as pubkey.
type MemberBody struct {
	Pubkey  string `json:"pubkey"`
	Role    string `json:"role" enum:"host,admin,member"`
	OnStage bool   `json:"on_stage"`
	Place   bool   `json:"place"`
}

// NewInviteBody is a new invite with its secret, which goes into the query of an endpoint or of the nest's page.
type NewInviteBody struct {
	ID     string `json:"id"`
	Invite string `json:"invite" doc:"The secret; it is not told again"`
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
	MaxUses   int64  `json:"max_uses,omitempty" doc:"Absent: without limit"`
	Uses      int64  `json:"uses" doc:"How many people it gave a place"`
}

// PictureBody is a picture that was uploaded, as it is kept.
type PictureBody struct {
	URL    string `json:"url" doc:"For the image tag of a space; it never shows another picture"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
}

// CheckRoomBody is a throw-away room for connection tests.
type CheckRoomBody struct {
	Endpoint  string `json:"endpoint"`
	Token     string `json:"token"`
	ExpiresAt int64  `json:"expires_at" doc:"Unix ms"`
}

// SessionBody says whose session began and when it ends.
type SessionBody struct {
	Pubkey  string `json:"pubkey"`
	Expires int64  `json:"expires" doc:"Unix ms"`
}

// HealthBody says that the process lives.
type HealthBody struct {
	Status     string `json:"status" enum:"healthy"`
	Version    string `json:"version"`
	ServerTime int64  `json:"server_time" doc:"Unix ms"`
}

// ReadyBody says which part the server waits for.
type ReadyBody struct {
	Status     string            `json:"status" enum:"ready,not ready"`
	Parts      map[string]string `json:"parts" doc:"ok or failing, by part: store, media, relay"`
	Error      string            `json:"error,omitempty"`
	Code       string            `json:"code,omitempty"`
	Hint       string            `json:"hint,omitempty"`
	RequestID  string            `json:"request_id,omitempty"`
	RetryAfter int               `json:"retry_after,omitempty" doc:"Seconds"`
}

// ConfigBody is what a client needs before it signs.
type ConfigBody struct {
	Version    string     `json:"version"`
	ServerTime int64      `json:"server_time" doc:"Unix ms"`
	PublicURLs []string   `json:"public_urls" doc:"Origins under which signed requests are accepted; the first is advertised"`
	API        string     `json:"api" doc:"Base of the nests API"`
	Endpoints  []string   `json:"endpoints" doc:"Where LiveKit clients connect"`
	Relay      string     `json:"relay"`
	Relays     []string   `json:"relays" doc:"Outside relays that nests default to, and where nests of other servers are looked for"`
	Pubkey     string     `json:"pubkey" doc:"The server's own key"`
	Create     string     `json:"create" doc:"Who may create: anyone, list, follows"`
	Limits     LimitsBody `json:"limits"`
}

// LimitsBody are the bounds a client can keep to.
type LimitsBody struct {
	Participants   int `json:"participants" doc:"Per nest; 0: no limit"`
	BodyBytes      int `json:"body_bytes"`
	PictureBytes   int `json:"picture_bytes"`
	Relays         int `json:"relays"`
	TitleLength    int `json:"title_length"`
	SummaryLength  int `json:"summary_length"`
	Hashtags       int `json:"hashtags"`
	AuthSeconds    int `json:"auth_seconds" doc:"How far a signed request's created_at may be off"`
	TokenSeconds   int `json:"token_seconds"`
	SessionSeconds int `json:"session_seconds"`
}

// ErrorBody is every refusal.
type ErrorBody struct {
	Error      string           `json:"error" doc:"One plain sentence"`
	Code       string           `json:"code" doc:"Identifies the cause and never changes; x-error-codes lists all codes"`
	Hint       string           `json:"hint,omitempty" doc:"What to do about it"`
	RequestID  string           `json:"request_id"`
	ServerTime int64            `json:"server_time" doc:"Unix ms"`
	RetryAfter int              `json:"retry_after,omitempty" doc:"Seconds"`
	Title      string           `json:"title,omitempty" doc:"Of an ended or planned nest"`
	Host       string           `json:"host,omitempty"`
	EndedAt    int64            `json:"ended_at,omitempty" doc:"Unix ms"`
	StartsAt   int64            `json:"starts_at,omitempty" doc:"Unix ms"`
	Recordings *[]RecordingBody `json:"recordings,omitempty" doc:"Published recordings of an ended nest"`
	HLS        string           `json:"hls,omitempty" doc:"Where to listen when the nest is full"`
}

// RecordingBody is one recording; times are unix seconds, as published clients read them.
type RecordingBody struct {
	ID      string `json:"id"`
	Started int64  `json:"started"`
	Stopped int64  `json:"stopped,omitempty"`
	URL     string `json:"url"`
}
