package nesttest

import (
	"math"
	"sync"
	"time"

	"github.com/pion/webrtc/v4"
	"github.com/thesyncim/gopus"
)

// earWindow is the time over which energy is measured. Packets that did not arrive in it count as silence.
const earWindow = 500 * time.Millisecond

// ear measures the sound of one participant.
type ear struct {
	mu    sync.Mutex
	first time.Time // when the first packet was decoded
	heard []loudness
}

type loudness struct {
	at      time.Time
	squares float64 // sum over the packet's samples, full scale is 1
}

// listen decodes the track until it ends.
func (e *ear) listen(track *webrtc.TrackRemote) {
	decoder, err := gopus.NewDecoder(gopus.DefaultDecoderConfig(sampleRate, 1))
	if err != nil {
		return
	}
	pcm := make([]float32, 5760)
	for {
		packet, _, err := track.ReadRTP()
		if err != nil {
			return
		}
		n, err := decoder.Decode(packet.Payload, pcm)
		if err != nil || len(packet.Payload) == 0 {
			continue
		}
		e.add(pcm[:n])
	}
}

func (e *ear) add(pcm []float32) {
	var squares float64
	for _, sample := range pcm {
		squares += float64(sample) * float64(sample)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	now := time.Now()
	if e.first.IsZero() {
		e.first = now
	}
	e.heard = append(e.recent(), loudness{at: now, squares: squares})
}

func (e *ear) recent() []loudness {
	since := time.Now().Add(-earWindow)
	for i, h := range e.heard {
		if h.at.After(since) {
			return e.heard[i:]
		}
	}
	return nil
}

// energy returns the RMS over the window; full scale is 1.
func (e *ear) energy() float64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	var squares float64
	for _, h := range e.recent() {
		squares += h.squares
	}
	return math.Sqrt(squares / (sampleRate * earWindow.Seconds()))
}
