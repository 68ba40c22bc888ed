import { effect, signal, untracked } from '@preact/signals';
import { failure } from '../../lib/errors.ts';
import { ok, type Result, refused } from '../../lib/result.ts';
import { sleep } from '../../lib/time.ts';
import { micFailure } from '../nest/micFailure.ts';
import { canChooseOutput, type Sound } from './sound.ts';

const sampleLasts = 4_000; // ms
const toneLasts = 1_500; // ms

// createSoundTest lets users hear their own microphone and a test tone. It opens the microphone, and releases
// it on close.
export function createSoundTest(sound: Sound) {
  const level = signal(0); // of the microphone under test, 0 to 1
  const sample = signal<'none' | 'recording' | 'playing'>('none');
  const testing = signal(false);
  const sounding = signal(false); // the tone
  let stop = () => {};

  // test opens the microphone and shows its level, until endTest.
  async function test(): Promise<Result<null>> {
    endTest();
    try {
      const stream = await sound.capture((audio) => navigator.mediaDevices.getUserMedia({ audio }));
      const context = new AudioContext();
      const analyser = new AnalyserNode(context, { fftSize: 1024 });
      context.createMediaStreamSource(stream).connect(analyser);
      const samples = new Float32Array(analyser.fftSize);
      const timer = setInterval(() => {
        analyser.getFloatTimeDomainData(samples);
        const rms = Math.sqrt(samples.reduce((sum, s) => sum + s * s, 0) / samples.length);
        level.value = Math.min(1, Math.sqrt(rms) * 1.6);
      }, 80);
      testing.value = true;
      stop = () => {
        clearInterval(timer);
        for (const track of stream.getTracks()) track.stop();
        void context.close();
        level.value = 0;
        testing.value = false;
        sample.value = 'none';
      };
      current = stream;
      void sound.refresh(); // the permission reveals the device names
      return ok(null);
    } catch (err) {
      return refused(micFailure(err));
    }
  }

  let current: MediaStream | null = null;

  function endTest(): void {
    stop();
    stop = () => {};
    current = null;
  }

  // echo records some seconds of the microphone under test and plays them back.
  async function echo(): Promise<Result<null>> {
    const stream = current;
    if (!stream) return refused(failure('no_mic'));
    sample.value = 'recording';
    const recorder = new MediaRecorder(stream);
    const parts: Blob[] = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    const done = new Promise((end) => {
      recorder.onstop = end;
    });
    recorder.start();
    setTimeout(() => recorder.state === 'recording' && recorder.stop(), sampleLasts);
    await done;
    if (current !== stream) return ok(null);
    sample.value = 'playing';
    const audio = new Audio(URL.createObjectURL(new Blob(parts, { type: recorder.mimeType })));
    if (canChooseOutput() && sound.output.peek() !== '')
      await audio.setSinkId(sound.output.peek()).catch(() => undefined);
    await new Promise<void>((end) => {
      audio.onended = audio.onerror = () => end();
      audio.play().catch(() => end());
    });
    URL.revokeObjectURL(audio.src);
    if (sample.peek() === 'playing') sample.value = 'none';
    return ok(null);
  }

  // tone plays a soft chord on the chosen loudspeaker.
  async function tone(): Promise<void> {
    if (sounding.peek()) return;
    sounding.value = true;
    const context = new AudioContext();
    const to = context.createMediaStreamDestination();
    const gain = new GainNode(context, { gain: 0 });
    gain.connect(to);
    for (const frequency of [440, 554]) {
      const voice = new OscillatorNode(context, { frequency });
      voice.connect(gain);
      voice.start();
    }
    const { currentTime: now } = context;
    gain.gain.linearRampToValueAtTime(0.15, now + 0.1);
    gain.gain.setValueAtTime(0.15, now + toneLasts / 1_000 - 0.3);
    gain.gain.linearRampToValueAtTime(0, now + toneLasts / 1_000);
    const audio = new Audio();
    audio.srcObject = to.stream;
    if (canChooseOutput() && sound.output.peek() !== '')
      await audio.setSinkId(sound.output.peek()).catch(() => undefined);
    await audio.play().catch(() => undefined);
    await sleep(toneLasts);
    audio.pause();
    await context.close();
    sounding.value = false;
  }

  // A changed setting restarts the test.
  const unwatch = effect(() => {
    void sound.mic.value;
    void sound.cleaned.value;
    if (testing.peek()) untracked(() => void test());
  });

  function close(): void {
    unwatch();
    endTest();
  }

  return { level, sample, testing, sounding, test, endTest, echo, tone, close };
}
