package nesttest

import (
	"math"
	"time"

	"github.com/thesyncim/gopus"
)

const (
	sampleRate    = 48000
	frameDuration = 20 * time.Millisecond // 50 packets a second, as clients send speech
	frameSamples  = sampleRate / 50
)

// voice encodes one second of a sound like speech: harmonics of a low voice in four syllables. It repeats without
// a gap and is never silent, so that its energy can be measured at any moment.
func voice() ([][]byte, error) {
	encoder, err := gopus.NewEncoder(gopus.EncoderConfig{SampleRate: sampleRate, Channels: 1,
		Application: gopus.ApplicationVoIP})
	if err != nil {
		return nil, err
	}
	if err := encoder.SetBitrate(32000); err != nil {
		return nil, err
	}
	frames := make([][]byte, 0, 50)
	pcm := make([]int16, frameSamples)
	for frame := range 50 {
		for i := range pcm {
			pcm[i] = voiceSample(float64(frame*frameSamples+i) / sampleRate)
		}
		packet, err := encoder.EncodeInt16Slice(pcm)
		if err != nil {
			return nil, err
		}
		frames = append(frames, append([]byte(nil), packet...))
	}
	return frames, nil
}

func voiceSample(seconds float64) int16 {
	var sum float64
	for harmonic := 1.0; harmonic <= 8; harmonic++ {
		sum += math.Sin(2*math.Pi*140*harmonic*seconds) / harmonic
	}
	syllable := 0.65 + 0.35*math.Sin(2*math.Pi*4*seconds)
	return int16(8000 * syllable * sum)
}
