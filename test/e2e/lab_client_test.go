package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"
	"github.com/livekit/protocol/livekit"
	"google.golang.org/protobuf/proto"

	"nests/internal/nesttest"
	"nests/internal/nip"
)

// labClient is a client in a namespace: this test binary, executed there.
type labClient struct {
	Server string // origin
	Nest   string // "": creates one and speaks in it
	Host   string // the speaker to listen for
	Within time.Duration
	Stays  bool // stays connected after its report
	Asks   bool // reports only the ICE servers that it receives
}

// labReport is what a client prints.
type labReport struct {
	Nest, Pubkey string
	Energy       float64  // of the speaker; 0 when nothing was heard in time
	Way          string   // type and protocol of both candidates
	ICE          []string // the servers that it receives
	Err          string
}

const labClientEnv = "NESTS_TEST_PERSON"

// maybeRunLabClient runs the client and does not return if this process was started as one.
func maybeRunLabClient() {
	var p labClient
	if json.Unmarshal([]byte(os.Getenv(labClientEnv)), &p) != nil {
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // until the test closes it or ends
		stop()
	}()
	if p.Nest == "" {
		p.speak(ctx)
	} else {
		p.listen(ctx)
	}
	os.Exit(0)
}

func printReport(s labReport) { _ = json.NewEncoder(os.Stdout).Encode(s) }

func (p labClient) speak(ctx context.Context) {
	secret := nip.NewKey()
	pubkey, err := nip.PublicKey(secret)
	if err != nil {
		printReport(labReport{Err: err.Error()})
		return
	}
	api := p.Server + nip.APIPath
	header, err := nip.AuthHeader(secret, http.MethodPut, api, uuid.NewString(), time.Now())
	if err != nil {
		printReport(labReport{Err: err.Error()})
		return
	}
	header.Set("Content-Type", "application/json")
	id, token, err := requestToken(ctx, http.MethodPut, api, header, `{"relays":[],"hls_stream":false}`)
	if err != nil {
		printReport(labReport{Err: err.Error()})
		return
	}
	bot, err := nesttest.Connect(ctx, "ws"+strings.TrimPrefix(p.Server, "http"), token)
	if err == nil {
		err = bot.Speak()
	}
	if err != nil {
		printReport(labReport{Err: err.Error()})
		return
	}
	printReport(labReport{Nest: id, Pubkey: pubkey})
	<-ctx.Done()
	bot.Leave()
}

func (p labClient) listen(whole context.Context) {
	ctx, cancel := context.WithTimeout(whole, p.Within)
	defer cancel()
	_, token, err := requestToken(ctx, http.MethodGet, p.Server+nip.APIPath+"/"+p.Nest+"/guest", nil, "")
	if err != nil {
		printReport(labReport{Err: "guest endpoint: " + err.Error()})
		return
	}
	if p.Asks {
		urls, err := iceServers(ctx, p.Server, token)
		s := labReport{ICE: urls}
		if err != nil {
			s.Err = err.Error()
		}
		printReport(s)
		return
	}
	var bot *nesttest.Bot
	came := make(chan error, 1)
	go func() { // the SDK ignores the deadline for a while
		bot, err = nesttest.Connect(ctx, "ws"+strings.TrimPrefix(p.Server, "http"), token)
		came <- err
	}()
	select {
	case err := <-came:
		if err != nil {
			printReport(labReport{Err: err.Error()})
			return
		}
	case <-ctx.Done():
		printReport(labReport{Err: "no connection in time"})
		return
	}
	defer bot.Leave()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !bot.HearsFrom(p.Host) {
		select {
		case <-ctx.Done():
			printReport(labReport{Err: "nothing was heard in time"})
			return
		case <-tick.C:
		}
	}
	printReport(labReport{Energy: bot.Energy(p.Host), Way: bot.CandidatePair()})
	if p.Stays {
		<-whole.Done()
	}
}

// iceServers returns those of LiveKit's answer to a join (JoinResponse.ice_servers).
func iceServers(ctx context.Context, origin, token string) (urls []string, err error) {
	query := url.Values{"access_token": {token}, "protocol": {"15"}, "sdk": {"go"}}
	conn, _, err := websocket.DefaultDialer.DialContext(ctx,
		"ws"+strings.TrimPrefix(origin, "http")+"/rtc?"+query.Encode(), nil)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	_, message, err := conn.ReadMessage()
	if err != nil {
		return nil, err
	}
	var first livekit.SignalResponse
	if err := proto.Unmarshal(message, &first); err != nil {
		return nil, err
	}
	for _, s := range first.GetJoin().GetIceServers() {
		urls = append(urls, s.Urls...)
	}
	return urls, nil
}

func requestToken(ctx context.Context, method, address string, header http.Header, body string) (id, token string,
	err error) {
	r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return "", "", err
	}
	if header != nil {
		r.Header = header
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", "", err
	}
	defer answer.Body.Close()
	var got struct{ RoomID, Token, Error string }
	if err := json.NewDecoder(answer.Body).Decode(&got); err != nil {
		return "", "", err
	}
	if got.Token == "" {
		return "", "", fmt.Errorf("%d %s", answer.StatusCode, got.Error)
	}
	return got.RoomID, got.Token, nil
}

// startClient starts a client on a machine of the lab. The channel receives its first report.
func (l *lab) startClient(m machine, p labClient) <-chan labReport {
	l.t.Helper()
	text, err := json.Marshal(p)
	if err != nil {
		l.t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		l.t.Fatal(err)
	}
	cmd := exec.Command("ip", "netns", "exec", m.ns, self)
	cmd.Env = append(os.Environ(), labClientEnv+"="+string(text), "SSL_CERT_FILE="+l.trust.RootFile)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.StdoutPipe()
	if err != nil {
		l.t.Fatal(err)
	}
	alive, err := cmd.StdinPipe()
	if err != nil {
		l.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		l.t.Fatal(err)
	}
	told, done := make(chan labReport, 1), make(chan struct{})
	go func() {
		defer close(done)
		var s labReport
		line, _ := bufio.NewReader(out).ReadBytes('\n')
		if json.Unmarshal(line, &s) != nil {
			s.Err = "a labClient ended without a word: " + complaint.String()
		}
		told <- s
		_ = cmd.Wait()
	}()
	l.t.Cleanup(func() {
		alive.Close()
		select {
		case <-done:
		case <-time.After(5 * time.Second):
			_ = cmd.Process.Kill()
			<-done
		}
	})
	return told
}
