import type { Look } from '../src/kiosk/screen/guest-words.ts';

/** Tones of each look, told apart with closed eyes: hertz, and seconds from when to when. */
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
const LOUD = 0.35;
const FADE = 0.01;

/** Browsers play nothing before somebody has touched the page or its keyboard; the button says so for as long as that holds. */
export function createSounds(button: HTMLButtonElement): { play(look: Look): void } {
  const context = new AudioContext();
  const showLocked = () => {
    button.hidden = context.state === 'running';
  };
  const unlock = () => void context.resume();
  context.addEventListener('statechange', showLocked);
  addEventListener('pointerdown', unlock);
  addEventListener('keydown', unlock, { capture: true });
  // A screen whose browser is allowed to play at once needs no touch; it says so a moment later.
  setTimeout(showLocked, 300);

  /** What is heard now. */
  let playing: OscillatorNode[] = [];

  return {
    play(look) {
      if (context.state !== 'running') return;
      // The next answer is heard alone, as it is shown alone.
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
