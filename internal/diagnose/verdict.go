package diagnose

import "cmp"

// Code is a word of the shared vocabulary: the report, the doctor, the browser, the metrics' labels and the log use the same.
type Code string

// Side is where the cause lies.
type Side string

// Sides.
const (
	ServerSide Side = "server"
	ClientSide Side = "client"
	RelaySide  Side = "relay"
	NoSide     Side = "none" // nothing is broken: it is policy, or all is well
)

// Verdicts.
const (
	Healthy          Code = "healthy"
	Unexplained      Code = "unexplained"
	ConfigRefused    Code = "config_refused"
	NotRunning       Code = "not_running"
	StoreDown        Code = "store_down"
	StoreLocked      Code = "store_locked"
	StoreReadOnly    Code = "store_readonly"
	StoreCorrupt     Code = "store_corrupt"
	StoreTooNew      Code = "store_too_new"
	DiskFull         Code = "disk_full"
	Offline          Code = "offline"
	WrongAPIBase     Code = "wrong_api_base"
	WrongRoomID      Code = "wrong_room_id"
	UnknownNest      Code = "unknown_nest"
	WrongServer      Code = "wrong_server"
	OrphanSpace      Code = "orphan_space"
	IDMismatch       Code = "id_mismatch"
	RoomWithoutNest  Code = "room_without_nest"
	ForeignRoom      Code = "foreign_room"
	Ended            Code = "ended"
	NotStarted       Code = "not_started"
	Private          Code = "private"
	Banned           Code = "banned"
	Full             Code = "full"
	GuestsOff        Code = "guests_off"
	MediaDown        Code = "media_down"
	MediaCredentials Code = "media_credentials"
	MediaUnreachable Code = "media_unreachable_from_client"
	AddressWrong     Code = "media_address_wrong"
	TurnBroken       Code = "turn_broken"
	Repairing        Code = "repairing"
	SignatureOwed    Code = "signature_owed"
	RelayLagging     Code = "relay_lagging"
	RelayRefused     Code = "relay_refused"
	RelayUnreachable Code = "relay_unreachable"
	RelayDown        Code = "relay_down"
	ClockSkew        Code = "clock_skew"
	PublicURL        Code = "public_url_mismatch"
	BadSignature     Code = "bad_signature"
	Replayed         Code = "replayed"
	CertificateWrong Code = "certificate_wrong"
	CertificateEnds  Code = "certificate_ends"
	LoopStalled      Code = "loop_stalled"
	WebhooksSilent   Code = "webhooks_silent"
)

// row is one line of the table: what a code means and what to do about it.
type row struct {
	code    Code
	side    Side
	summary string
	hint    string
}

// table is in the order in which causes go before their symptoms: of all the codes that checks found, the first one here is
// the verdict. So a full disk goes before the divergence that could not be written, and LiveKit's silence before a room
// that nobody could look at.
var table = [...]row{
	{ConfigRefused, ServerSide, "The configuration does not let the server start.", "Change what is named under the check, then start again."},
	{StoreCorrupt, ServerSide, "The database file is damaged.", "Keep a copy of the file: move the data folder away, then put back the latest backup with `nests restore`."},
	{StoreTooNew, ServerSide, "The database was written by a newer version.", "Start the newer binary again, or restore a backup made before the upgrade."},
	{DiskFull, ServerSide, "The disk of the database is full.", "Free some space; nothing that was accepted is lost."},
	{StoreReadOnly, ServerSide, "The database can be read but not written.", "Give the user that runs Nests write permission on the data folder and every file in it; PostgreSQL must not be a standby."},
	{StoreLocked, ServerSide, "Somebody else keeps the database locked.", "Stop the other program that has it open: a second Nests, a backup, or a database browser."},
	{StoreDown, ServerSide, "The database does not answer.", "Check that the data folder exists, or that PostgreSQL runs and that its URL and password are right."},
	{NotRunning, ServerSide, "No server answers at this instance's address.", "Start it with `nests serve`; if it should be running, its log says why it ended."},
	{Offline, ClientSide, "This device is offline.", "Check the network; the page goes on by itself when it is back."},
	{CertificateWrong, ServerSide, "Browsers do not accept the certificate of the server.", "Look into the log under component=front, or renew the certificate of the proxy; the evidence says what is wrong with it."},
	{WrongAPIBase, ServerSide, "What answers there is not a Nests server, or nothing does.", "Check the address of the server, and that the proxy before it passes /health and /api on."},
	{MediaCredentials, ServerSide, "The media server answers but refuses our key.", "Give both the same API key and secret: NESTS_LIVEKIT_API_KEY and NESTS_LIVEKIT_API_SECRET."},
	{MediaDown, ServerSide, "The media server does not answer.", "Start LiveKit, or mend its URL (NESTS_LIVEKIT_URL); the evidence names the layer that fails."},
	{LoopStalled, ServerSide, "The loop that keeps everything true has not run lately.", "Restart the server, and send its log with a bug report."},
	{WrongRoomID, ClientSide, "This is not the id of a nest.", "Open the nest by its link again; an id has the form of a UUID."},
	{WrongServer, NoSide, "The event of this nest names another server.", "Open the nest at the server that its event names."},
	{IDMismatch, ServerSide, "The event, the link and the server do not mean the same nest.", "Share the link that the nest's own page shows."},
	{OrphanSpace, ServerSide, "The event names this server, but the server does not know the nest.", "Its host restores it, under the same link, with Restart nest."},
	{RoomWithoutNest, ServerSide, "The media server has a room that the database does not know.", "It is ended within seconds, or adopted when its host signed for it; the evidence says who made it."},
	{ForeignRoom, NoSide, "The room of that name on the media server is somebody else's.", "Look for the nest at the server that made it; set NESTS_LIVEKIT_EXCLUSIVE only if nobody else uses this LiveKit."},
	{UnknownNest, ServerSide, "This server does not know that nest.", "Check the id against the nest's event, and that its service tag names this server."},
	{ClockSkew, ClientSide, "The clocks of this device and of the server differ.", "Let the device set its time by itself (NTP), then try again."},
	{PublicURL, ServerSide, "The signed request names another address than the server's own.", "Let the operator set NESTS_PUBLIC_URL to the address that people type."},
	{Replayed, ClientSide, "The same signed request was sent twice.", "Try again: each request is signed anew."},
	{BadSignature, ClientSide, "The signature of the request is not valid.", "Try again; if it stays, log in again with another signer."},
	{Banned, NoSide, "This key is banned from the nest.", "Ask the host to lift the ban."},
	{Ended, NoSide, "The nest has ended.", "Its host can open it again with Restart nest."},
	{Private, NoSide, "The nest is private.", "Ask the host for an invitation."},
	{NotStarted, NoSide, "The nest has not begun.", "Come back at its start; the host opens it with Go live."},
	{Full, NoSide, "The nest is full.", "Try again in a moment, or ask the operator to raise NESTS_MAX_PARTICIPANTS."},
	{GuestsOff, NoSide, "The nest does not admit guests.", "Log in with a key to listen."},
	{AddressWrong, ServerSide, "The media server tells browsers an address that they cannot reach.", "Set NESTS_MEDIA_IP to the address that people outside reach, which is where the public name leads unless a proxy stands there, and open the media ports."},
	{TurnBroken, ServerSide, "TURN does not carry audio, so nobody is heard from behind strict firewalls.", "Let NESTS_TURN_DOMAIN lead to this server, with a certificate, and open its ports; the evidence says which way fails."},
	{MediaUnreachable, ClientSide, "This browser cannot reach the media server.", "Another network, or a firewall that lets the media ports through, helps."},
	{Repairing, ServerSide, "Something drifted apart and is being mended.", "Wait a few seconds and look again; the record below says which step is tried."},
	{SignatureOwed, ServerSide, "The nest changed here, and its event still says otherwise.", "Its host signs once: the page of the nest offers it."},
	{RelayDown, ServerSide, "This server's own relay does not answer.", "Restart the server, and let the proxy before it pass WebSockets on /relay."},
	{RelayRefused, RelaySide, "A relay does not take the nest's event.", "Choose other relays for the nest, or ask that relay's operator; its words are in the evidence."},
	{RelayUnreachable, RelaySide, "A relay of the nest cannot be reached.", "It is tried again by itself; remove the relay if it is gone for good."},
	{RelayLagging, RelaySide, "The nest's event is stored here but not yet on every relay.", "Wait a moment; it is published by itself."},
	{CertificateEnds, ServerSide, "The certificate of the server is about to end.", "Renew it; the evidence says when it ends."},
	{WebhooksSilent, ServerSide, "The media server does not report to this server.", "Let its webhooks point to /webhooks/livekit; until then changes are seen a few seconds later."},
}

// Conclude is the verdict over the checks: pure, and the only place that weighs them.
func Conclude(checks []Check) Verdict {
	for _, r := range table {
		for _, c := range checks {
			if c.Code == r.code && c.Code != "" && c.Status != OK && c.Status != Skipped {
				return Verdict{Code: r.code, Summary: r.summary, Cause: c.Summary, Hint: cmp.Or(c.Hint, r.hint), Side: r.side, Scenario: scenario(r.code)}
			}
		}
	}
	for _, c := range checks {
		if c.Status == Fail || c.Status == Unknown {
			return Verdict{Code: Unexplained, Summary: "Something is wrong that none of the known causes explains.", Cause: c.Summary,
				Hint: cmp.Or(c.Hint, "Send the whole report with a bug report: it holds the evidence that contradicts itself."), Side: ServerSide}
		}
	}
	return Verdict{Code: Healthy, Summary: "All is well.", Cause: "Everything that was looked at is as it should be.", Side: NoSide}
}

// scenario is the letter of the troubleshooting guide that a server-side verdict stands for. A (the room is known and guests
// are refused) hangs on two endpoints, and is given where they are asked.
func scenario(code Code) string {
	switch code {
	case UnknownNest, OrphanSpace, RoomWithoutNest:
		return "B"
	case WrongAPIBase, WrongRoomID, NotRunning:
		return "C"
	}
	return ""
}

// Known says whether a word is one of the table.
func Known(code Code) bool {
	for _, r := range table {
		if r.code == code {
			return true
		}
	}
	return code == Healthy || code == Unexplained
}
