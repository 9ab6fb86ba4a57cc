// @ts-check
/**
 * The clock that all media elements of a review follow, and how each is brought back in step. Pure: time is an argument.
 * Positions are seconds from the recording's start.
 */

/** Half of what lip-sync bears (quality L10: 100 ms in files): smaller differences are left alone. Seconds. */
export const NUDGE_ABOVE = 0.06;
/** More than this would take too long to creep back. Seconds. */
export const SEEK_ABOVE = 0.3;
/** An element is slowed or hurried by so much at most: with the pitch kept, nobody hears it. */
const MOST_NUDGE = 0.06;

export class PlayClock {
  constructor() {
    this._position = 0;
    this._since = 0;
    this.rate = 1;
    this.running = false;
    this.duration = 0;
  }

  /** @param {number} now seconds @returns {number} */
  position(now) {
    const position = this.running ? this._position + (now - this._since) * this.rate : this._position;
    return Math.min(this.duration, Math.max(0, position));
  }

  /** @param {number} now */
  start(now) {
    if (this.running) return;
    this._since = now;
    this.running = true;
  }

  /** @param {number} now */
  stop(now) {
    this._position = this.position(now);
    this.running = false;
  }

  /** @param {number} position @param {number} now */
  seek(position, now) {
    this._position = Math.min(this.duration, Math.max(0, position));
    this._since = now;
  }

  /** @param {number} rate @param {number} now */
  setRate(rate, now) {
    this._position = this.position(now);
    this._since = now;
    this.rate = rate;
  }
}

/**
 * What to do with an element that is `drift` seconds ahead (negative: behind) of the clock.
 * @param {number} drift
 * @param {number} rate the clock's
 * @returns {{ seek: boolean, rate: number }}
 */
export function correction(drift, rate) {
  if (Math.abs(drift) > SEEK_ABOVE) return { seek: true, rate };
  if (Math.abs(drift) <= NUDGE_ABOVE) return { seek: false, rate };
  const nudge = Math.max(-MOST_NUDGE, Math.min(MOST_NUDGE, -drift / 2));
  return { seek: false, rate: rate * (1 + nudge) };
}

/**
 * @param {number} position
 * @param {[number, number][]} intervals
 * @returns {boolean} something was recorded at that place
 */
export function covered(position, intervals) {
  return intervals.some(([from, to]) => position >= from && position <= to);
}
