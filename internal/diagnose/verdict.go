package diagnose

import "cmp"

// Code names a verdict. The report, the doctor, the web app, the metrics and the log use the same codes.
type Code string

// Side is where the cause lies.
type Side string

// Sides.
const (
	serverSide Side = "server"
	clientSide Side = "client"
	relaySide  Side = "relay"
	noSide     Side = "none" // nothing is broken: the policy refuses, or all is well
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

// row is one verdict: what it means and what to do about it.
type row struct {
	code    Code
	side    Side
	summary string
	hint    string
}

// table is sorted so that a cause stands before its symptoms: of all codes in the checks, the first one in the table
// is the verdict. So a full disk comes before the divergence that could not be stored, and a LiveKit that does not
// answer before a room that could not be observed.
var table = [...]row{
	{ConfigRefused, serverSide,
		"The server cannot start with this configuration.",
		"Correct the settings listed under Configuration, then start the server again."},
	{StoreCorrupt, serverSide,
		"The database file is damaged.",
		"Keep a copy of the file: move the data folder away, then restore the latest backup with `nests restore`."},
	{StoreTooNew, serverSide,
		"The database was written by a newer version.",
		"Start the newer binary again, or restore a backup made before the upgrade."},
	{DiskFull, serverSide,
		"The disk of the database is full.",
		"Free some space; no accepted change is lost."},
	{StoreReadOnly, serverSide,
		"The database can be read but not written.",
		"Give the user that runs Nests write permission on the data folder and every file in it; PostgreSQL must not " +
			"be a standby."},
	{StoreLocked, serverSide,
		"Another program keeps the database locked.",
		"Stop the other program that has it open: a second Nests, a backup, or a database browser."},
	{StoreDown, serverSide,
		"The database does not answer.",
		"Check that the data folder exists, or that PostgreSQL runs and that its URL and password are right."},
	{NotRunning, serverSide,
		"No server answers at this instance's address.",
		"Start it with `nests serve`; if it should be running, its log says why it stopped."},
	{Offline, clientSide,
		"This device is offline.",
		"Check the network; the page reconnects by itself."},
	{CertificateWrong, serverSide,
		"Browsers do not accept the server's certificate.",
		"Check the log under component=front, or renew the proxy's certificate; the evidence says what is wrong."},
	{WrongAPIBase, serverSide,
		"No Nests server answers at this address.",
		"Check the address, and that the proxy in front of the server forwards /health and /api."},
	{MediaCredentials, serverSide,
		"The media server answers but refuses the API key.",
		"Use the same API key and secret on both sides: NESTS_LIVEKIT_API_KEY and NESTS_LIVEKIT_API_SECRET."},
	{MediaDown, serverSide,
		"The media server does not answer.",
		"Start LiveKit, or correct its URL (NESTS_LIVEKIT_URL); the evidence names the layer that fails."},
	{LoopStalled, serverSide,
		"The repair loop has not run lately.",
		"Restart the server, and send its log with a bug report."},
	{WrongRoomID, clientSide,
		"This is not the id of a nest.",
		"Open the nest from its link again; an id is a UUID."},
	{WrongServer, noSide,
		"The event of this nest names another server.",
		"Open the nest on the server that its event names."},
	{IDMismatch, serverSide,
		"The event, the link and the server name different nests.",
		"Share the link that the nest's own page shows."},
	{OrphanSpace, serverSide,
		"The event names this server, but the server does not know the nest.",
		"Its host can restore it under the same link with Restart nest."},
	{RoomWithoutNest, serverSide,
		"The media server has a room without a nest in the database.",
		"The room ends within seconds, or its nest is restored if the host signed an event for it; the evidence " +
			"names the server that created it."},
	{ForeignRoom, noSide,
		"The room of this name on the media server belongs to another server.",
		"Open the nest on the server that created it; set NESTS_LIVEKIT_EXCLUSIVE only if no other server uses this " +
			"LiveKit."},
	{UnknownNest, serverSide,
		"This server does not know the nest.",
		"Compare the id with the nest's event, and check that the event's service tag names this server."},
	{ClockSkew, clientSide,
		"The clocks of this device and the server differ.",
		"Turn on automatic time (NTP) on this device, then try again."},
	{PublicURL, serverSide,
		"The request was signed for another address than the server's.",
		"Ask the operator to set NESTS_PUBLIC_URL to the address that users type."},
	{Replayed, clientSide,
		"The same signed request was sent twice.",
		"Try again; each attempt gets a new signature."},
	{BadSignature, clientSide,
		"The signature of the request is not valid.",
		"Try again; if that fails, log in again with another signer."},
	{Banned, noSide,
		"This key is banned from the nest.",
		"Ask the host to lift the ban."},
	{Ended, noSide,
		"The nest has ended.",
		"Its host can open it again with Restart nest."},
	{Private, noSide,
		"The nest is private.",
		"Ask the host for an invitation."},
	{NotStarted, noSide,
		"The nest has not started.",
		"Come back at its start time; the host opens it with Go live."},
	{Full, noSide,
		"The nest is full.",
		"Try again in a moment, or ask the operator to raise NESTS_MAX_PARTICIPANTS."},
	{GuestsOff, noSide,
		"The nest does not admit guests.",
		"Log in with a key to listen."},
	{AddressWrong, serverSide,
		"The media server gives browsers an address that they cannot reach.",
		"Set NESTS_MEDIA_IP to this machine's public address, and open the media ports. Without a proxy, it is the " +
			"address of the public name."},
	{TurnBroken, serverSide,
		"TURN does not work, so users behind strict firewalls have no audio.",
		"Point NESTS_TURN_DOMAIN to this server, with a certificate, and open the TURN ports; the evidence names the " +
			"transport that fails."},
	{MediaUnreachable, clientSide,
		"This browser cannot reach the media server.",
		"Use another network, or open the media ports in the firewall."},
	{Repairing, serverSide,
		"The database and the media server differ; the server is repairing this.",
		"Wait a few seconds and check again; the divergences below show the repair."},
	{SignatureOwed, serverSide,
		"The nest changed on this server, but its event has not been updated.",
		"Its host must sign the new event; the nest's page offers this."},
	{RelayDown, serverSide,
		"This server's own relay does not answer.",
		"Restart the server, and make the proxy in front of it forward WebSockets on /relay."},
	{RelayRefused, relaySide,
		"A relay refuses the nest's event.",
		"Choose other relays for the nest, or ask that relay's operator; the relay's answer is in the evidence."},
	{RelayUnreachable, relaySide,
		"A relay of the nest cannot be reached.",
		"The server keeps trying; remove the relay if it is gone for good."},
	{RelayLagging, relaySide,
		"The nest's event is stored here but not yet on every relay.",
		"Wait a moment; the server publishes it by itself."},
	{CertificateEnds, serverSide,
		"The server's certificate is about to expire.",
		"Renew it; the evidence says when it expires."},
	{WebhooksSilent, serverSide,
		"The media server sends no webhooks to this server.",
		"Point its webhooks to /webhooks/livekit; until then changes arrive a few seconds late."},
}

// Conclude returns the verdict over the checks. It is pure, and the only place that ranks them.
func Conclude(checks []Check) Verdict {
	for _, r := range table {
		for _, c := range checks {
			if c.Code == r.code && c.Code != "" && c.Status != OK && c.Status != Skipped {
				return Verdict{
					Code:     r.code,
					Summary:  r.summary,
					Cause:    c.Summary,
					Hint:     cmp.Or(c.Hint, r.hint),
					Side:     r.side,
					Scenario: scenario(r.code),
				}
			}
		}
	}
	for _, c := range checks {
		if c.Status == Fail || c.Status == Unknown {
			return Verdict{
				Code:    Unexplained,
				Summary: "None of the known causes explains this problem.",
				Cause:   c.Summary,
				Hint:    cmp.Or(c.Hint, "Attach the whole report to a bug report; it holds the evidence."),
				Side:    serverSide,
			}
		}
	}
	return Verdict{Code: Healthy, Summary: "All is well.", Cause: "All checks passed.", Side: noSide}
}

// scenario returns the letter of the troubleshooting guide for a verdict, "" for none. Scenario A depends on two
// endpoints; observation.conclude sets it.
func scenario(code Code) string {
	switch code {
	case UnknownNest, OrphanSpace, RoomWithoutNest:
		return "B"
	case WrongAPIBase, WrongRoomID, NotRunning:
		return "C"
	}
	return ""
}

// isKnown reports whether a code is a verdict.
func isKnown(code Code) bool {
	for _, r := range table {
		if r.code == code {
			return true
		}
	}
	return code == Healthy || code == Unexplained
}
