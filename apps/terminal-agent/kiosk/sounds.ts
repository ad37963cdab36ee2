import type { Look } from '../src/kiosk/screen/guest-words.ts';

type Tone = readonly [hertz: number, from: number, to: number];

const sound = (vibrates: number[], wave: OscillatorType, ...tones: Tone[]) => ({ vibrates, wave, tones });

/** The sound of each look, distinct with closed eyes: milliseconds of vibration on and off in turn, and tones with their seconds. */
const SOUNDS: Readonly<Record<Look, ReturnType<typeof sound>>> = {
  yes: sound([80], 'sine', [784, 0, 0.12], [1175, 0.13, 0.38]),
  no: sound([500], 'sawtooth', [165, 0, 0.28], [131, 0.32, 0.75]),
  staff: sound(
    [120, 80, 120, 80, 120, 80, 120],
    'triangle',
    ...([660, 495, 660, 495] as const).map((hertz, place): Tone => [hertz, place / 5, place / 5 + 0.2]),
  ),
  again: sound([60, 60, 60], 'square', [523, 0, 0.09], [523, 0.16, 0.25]),
};

const LOUD = 0.35;
const FADE = 0.01;

/** Plays sounds, and vibrates where the machine can. Browsers allow none before the page was touched or a key pressed; the button says so until then. */
export function createSounds(button: HTMLButtonElement): { play(look: Look): void } {
  const context = new AudioContext();
  const showLocked = () => {
    button.hidden = context.state === 'running';
  };
  const unlock = () => void context.resume();
  context.addEventListener('statechange', showLocked);
  addEventListener('pointerdown', unlock);
  addEventListener('keydown', unlock, { capture: true });
  // A browser that may play without a touch reports that a moment later.
  setTimeout(showLocked, 300);

  let playing: OscillatorNode[] = [];

  return {
    play(look) {
      const { vibrates, wave, tones } = SOUNDS[look];
      navigator.vibrate?.(vibrates);
      if (context.state !== 'running') return;
      // Only the latest answer is heard, as only it is shown.
      for (const tone of playing) tone.stop();
      playing = [];
      for (const [hertz, from, to] of tones) {
        const begin = context.currentTime + from;
        const end = context.currentTime + to;
        const gain = new GainNode(context, { gain: 0 });
        gain.gain.setValueAtTime(0, begin);
        gain.gain.linearRampToValueAtTime(LOUD, begin + FADE);
        gain.gain.setValueAtTime(LOUD, end - FADE);
        gain.gain.linearRampToValueAtTime(0, end);
        const tone = new OscillatorNode(context, { type: wave, frequency: hertz });
        tone.connect(gain).connect(context.destination);
        tone.addEventListener('ended', () => gain.disconnect());
        tone.start(begin);
        tone.stop(end);
        playing.push(tone);
      }
    },
  };
}
