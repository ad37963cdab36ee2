import type { Look } from '../src/kiosk/screen/guest-words.ts';

/** The tones of each look, distinct with closed eyes: hertz, and start and end in seconds. */
const TONES: Readonly<Record<Look, { wave: OscillatorType; tones: readonly (readonly [number, number, number])[] }>> = {
  yes: {
    wave: 'sine',
    tones: [
      [784, 0, 0.12],
      [1175, 0.13, 0.38],
    ],
  },
  no: {
    wave: 'sawtooth',
    tones: [
      [165, 0, 0.28],
      [131, 0.32, 0.75],
    ],
  },
  staff: {
    wave: 'triangle',
    tones: [
      [660, 0, 0.18],
      [495, 0.2, 0.38],
      [660, 0.4, 0.58],
      [495, 0.6, 0.85],
    ],
  },
  again: {
    wave: 'square',
    tones: [
      [523, 0, 0.09],
      [523, 0.16, 0.25],
    ],
  },
};
/** How a phone vibrates: milliseconds on and off in turn. */
const VIBRATES: Readonly<Record<Look, number[]>> = {
  yes: [80],
  no: [500],
  staff: [120, 80, 120, 80, 120, 80, 120],
  again: [60, 60, 60],
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

  /** The tones that are playing. */
  let playing: OscillatorNode[] = [];

  return {
    play(look) {
      navigator.vibrate?.(VIBRATES[look]);
      if (context.state !== 'running') return;
      // Only the latest answer is heard, as only it is shown.
      for (const tone of playing) tone.stop();
      playing = [];
      const { wave, tones } = TONES[look];
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
