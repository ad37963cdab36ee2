import { epochOf, type WallClock } from '@ticket-check/protocol';

/** How far the peer's clock is ahead of ours; not `measured`, and 0, until several replies agree; not `trusted` if it is too far. C7. */
export type ClockOffset = { readonly offsetMs: number; readonly trusted: boolean; readonly measured: boolean };

type Sample = { at: number; written: number; low: number; high: number };

const MAX_TRUSTED_MS = 5 * 60 * 1000;
const LONGEST_ROUND_TRIP_MS = 2000;
const AGREEMENT_MS = 2000;
const LEAST_SAMPLES = 3;
const MAX_SAMPLES = 8;
/** A constant Datetime would seem to agree with itself for a moment. */
const LEAST_SPAN_BEYOND_TRUST_MS = 5000;

/** Measures the offset to one peer from the Datetime of its replies. Reading C7. */
export function createClockSamples() {
  let samples: Sample[] = [];
  let far: { since: number; latest: number; count: number } | null = null;

  return {
    /** Takes one reply's Datetime, with our clock when it had arrived and the time its round trip took, in milliseconds. */
    add(datetime: WallClock, receivedAt: number, roundTripMs: number): void {
      // Datetime is cut to the second, and was written at some moment of the round trip.
      const written = epochOf(datetime);
      const low = written - receivedAt;
      const high = written + 1000 - (receivedAt - roundTripMs);
      const sample = { at: receivedAt, written, low, high };
      if (roundTripMs > LONGEST_ROUND_TRIP_MS) {
        // Too vague to measure by, but it may show that our clock was set since.
        if (samples.some((one) => one.low > high || one.high < low)) samples = [];
        return;
      }
      samples = thinned(agreeing(samples, sample), sample);
      const isFar = low > MAX_TRUSTED_MS || high < -MAX_TRUSTED_MS;
      far = isFar ? { since: far?.since ?? receivedAt, latest: receivedAt, count: (far?.count ?? 0) + 1 } : null;
    },
    offset(): ClockOffset {
      const measured = measuredBy(samples);
      if (measured !== UNKNOWN || far === null || far.count < LEAST_SAMPLES) return measured;
      return far.latest - far.since < LEAST_SPAN_BEYOND_TRUST_MS ? UNKNOWN : FAR;
    },
  };
}

function measuredBy(samples: readonly Sample[]): ClockOffset {
  if (samples.length < LEAST_SAMPLES) return UNKNOWN;
  // A stopped clock says nothing, however close to ours it is.
  if (samples.every(({ written }) => written === samples[0]?.written)) return UNKNOWN;
  const offsetMs = estimate(samples);
  if (Math.abs(offsetMs) <= MAX_TRUSTED_MS) return { offsetMs, trusted: true, measured: true };
  const span = (samples.at(-1)?.at ?? 0) - (samples[0]?.at ?? 0);
  return span < LEAST_SPAN_BEYOND_TRUST_MS ? UNKNOWN : { offsetMs, trusted: false, measured: true };
}

const UNKNOWN: ClockOffset = { offsetMs: 0, trusted: true, measured: false };
const FAR: ClockOffset = { offsetMs: 0, trusted: false, measured: false };

const middle = (sample: Sample) => (sample.low + sample.high) / 2;

function agreeing(samples: readonly Sample[], latest: Sample): Sample[] {
  let lowest = middle(latest);
  let highest = lowest;
  const kept: Sample[] = [];
  for (const sample of samples.toReversed()) {
    lowest = Math.min(lowest, middle(sample));
    highest = Math.max(highest, middle(sample));
    if (highest - lowest > AGREEMENT_MS) break;
    kept.unshift(sample);
  }
  return kept;
}

/** Under load replies come by the thousand; at most one a second is added, so that the samples span some time. */
function thinned(samples: Sample[], latest: Sample): Sample[] {
  const newest = samples.at(-1);
  const crowded = samples.length >= LEAST_SAMPLES && newest !== undefined && latest.at - newest.at < 1000;
  return crowded ? samples : [...samples, latest].slice(-MAX_SAMPLES);
}

function estimate(samples: readonly Sample[]): number {
  const low = Math.max(...samples.map((sample) => sample.low));
  const high = Math.min(...samples.map((sample) => sample.high));
  // No correction where none is needed, or a good clock would be moved by up to a second of rounding.
  if (low <= 0 && high >= 0) return 0;
  const middles = samples.map(middle).sort((a, b) => a - b);
  return Math.round(middles[Math.floor(middles.length / 2)] ?? 0);
}
