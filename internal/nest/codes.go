package nest

// Code identifies a refusal. It never changes, and is the same in the API, the gate, the log, metrics and diagnostics.
type Code string

// All codes that a client can receive over HTTP. A new one also gets a row in Codes and in docs/protocol.md. Codes for
// operators at a command line are declared in the package that returns them.
const (
	// Of a nest.
	CodeNotFound      Code = "nest_not_found"
	CodeEnded         Code = "nest_ended"
	CodeNotStarted    Code = "nest_not_started"
	CodePrivate       Code = "nest_private"
	CodeFull          Code = "nest_full"
	CodeBanned        Code = "banned"
	CodeGuests        Code = "guests_not_allowed"
	CodeForbidden     Code = "forbidden"
	CodeInviteInvalid Code = "invite_invalid"
	CodeInviteExpired Code = "invite_expired"
	CodeInviteUsed    Code = "invite_used_up"

	// Of the server and its operator.
	CodeBlocked         Code = "blocked"
	CodeOperatorOnly    Code = "operator_only"
	CodeCreateRefused   Code = "create_not_allowed"
	CodeQuota           Code = "quota_exceeded"
	CodePictureQuota    Code = "picture_quota"
	CodePictureNotFound Code = "picture_not_found"
	CodeIDTaken         Code = "id_taken"

	// Of a part that does not work or does not exist.
	CodeMediaUnavailable Code = "media_unavailable"
	CodeStoreUnavailable Code = "store_unavailable"
	CodeHLSUnavailable   Code = "hls_unavailable"
	CodeNotReady         Code = "not_ready"
	CodeInternal         Code = "internal"

	// Of a request that cannot be read or served. A field with a wrong value is refused as invalid_<field>.
	CodeInvalidBody      Code = "invalid_body"
	CodeInvalidEvent     Code = "invalid_event"
	CodeInvalidPicture   Code = "invalid_picture"
	CodeInvalidRequest   Code = "invalid_request"
	CodePathNotFound     Code = "not_found"
	CodeMethodNotAllowed Code = "method_not_allowed"
	CodeUpgradeRequired  Code = "upgrade_required"
	CodeTooLarge         Code = "too_large"
	CodeTooManyRequests  Code = "too_many_requests"

	// Of a signed request (NIP-98): every check has its own code, so that a client's author sees which one failed.
	CodeAuthMissing     Code = "auth_missing"
	CodeAuthScheme      Code = "auth_scheme"
	CodeAuthBase64      Code = "auth_base64"
	CodeAuthJSON        Code = "auth_json"
	CodeAuthKind        Code = "auth_kind"
	CodeAuthTime        Code = "auth_time"
	CodeAuthURL         Code = "auth_url"
	CodeAuthURLCount    Code = "auth_url_count"
	CodeAuthMethod      Code = "auth_method"
	CodeAuthMethodCount Code = "auth_method_count"
	CodeAuthPayload     Code = "auth_payload"
	CodeAuthID          Code = "auth_id"
	CodeAuthSignature   Code = "auth_signature"
	CodeAuthReplayed    Code = "auth_replayed"

	// Of an API session, and of a LiveKit token at the gate.
	CodeAuthSession  Code = "auth_session"
	CodeAuthOrigin   Code = "auth_origin"
	CodeTokenExpired Code = "auth_token_expired"
	CodeTokenInvalid Code = "auth_token_invalid"
)

// CodeMeaning explains a code to the authors of clients.
type CodeMeaning struct {
	Code    Code
	Meaning string // one sentence, without the full stop
}

// Codes returns all codes that a client can receive, except the invalid_<field> of single fields.
func Codes() []CodeMeaning {
	return []CodeMeaning{
		{CodeNotFound, "This server has no nest with this id"},
		{CodeEnded, "The nest has ended; title, host and ended_at are in the body"},
		{CodeNotStarted, "The nest is planned; starts_at is in the body"},
		{CodePrivate, "The nest is private, and the caller has neither access nor an invite"},
		{CodeFull, "The nest is at capacity; hls is where to listen instead, if there is HLS"},
		{CodeBanned, "The host or a moderator banned the caller from this nest"},
		{CodeGuests, "The nest admits no guests: join with a key"},
		{CodeForbidden, "The caller's role does not allow this"},
		{CodeInviteInvalid, "The invite does not exist or was revoked"},
		{CodeInviteExpired, "The invite has expired"},
		{CodeInviteUsed, "The invite has no uses left"},

		{CodeBlocked, "The operator of this server blocked the caller's key or address"},
		{CodeOperatorOnly, "Only operators of this server may do this"},
		{CodeCreateRefused, "This server does not allow the key to create nests"},
		{CodeQuota, "A limit is reached: nests of a key, invites of a nest, or entries in a list of the operator"},
		{CodePictureQuota, "The key, or the server for today, has reached its limit of pictures"},
		{CodePictureNotFound, "The picture does not exist, or was deleted because no nest shows it"},
		{CodeIDTaken, "The id belongs to another host's nest"},

		{CodeMediaUnavailable, "LiveKit does not respond; the nest is unchanged"},
		{CodeStoreUnavailable, "The database does not respond"},
		{CodeHLSUnavailable, "This server does not offer HLS"},
		{CodeNotReady, "A part of the server is not ready; parts in the body names it"},
		{CodeInternal, "Internal server error; search the server's log for the request_id to find the cause"},

		{CodeInvalidBody, "The body is not one JSON object"},
		{CodeInvalidEvent, "The event in the body is invalid, or is not for this nest"},
		{CodeInvalidPicture, "The body is no readable picture, or has too many pixels"},
		{CodeInvalidRequest, "LiveKit could not read the request for a connection"},
		{CodePathNotFound, "The path does not exist"},
		{CodeMethodNotAllowed, "The path does not support this method; Allow lists those it does"},
		{CodeUpgradeRequired, "The path serves WebSocket only"},
		{CodeTooLarge, "The body is larger than this call allows"},
		{CodeTooManyRequests, "The key or address sent too many requests; Retry-After is when to send the next"},

		{CodeAuthMissing, "The call needs a signed request"},
		{CodeAuthScheme, "The Authorization header does not use the scheme Nostr"},
		{CodeAuthBase64, "The Authorization header is not valid base64"},
		{CodeAuthJSON, "The Authorization header does not hold an event as JSON"},
		{CodeAuthKind, "The signed event is not of kind 27235"},
		{CodeAuthTime, "created_at differs by more than 60 s from server_time in the body"},
		{CodeAuthURL, "The u tag is not the URL of this request"},
		{CodeAuthURLCount, "The signed event needs exactly one u tag"},
		{CodeAuthMethod, "The method tag is not the method of this request"},
		{CodeAuthMethodCount, "The signed event needs exactly one method tag"},
		{CodeAuthPayload, "The payload tag is not the SHA-256 of the body"},
		{CodeAuthID, "The id of the signed event is not its hash"},
		{CodeAuthSignature, "The signature is invalid"},
		{CodeAuthReplayed, "This signed request was used before"},

		{CodeAuthSession, "The API session has ended"},
		{CodeAuthOrigin, "Only pages of this server can use an API session"},
		{CodeTokenExpired, "The LiveKit token has expired: join again"},
		{CodeTokenInvalid, "The LiveKit token is missing, or another server signed it"},
	}
}
