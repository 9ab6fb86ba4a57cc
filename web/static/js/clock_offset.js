// @ts-check
/**
 * The browser's estimate of session time. Pure: every time is an argument.
 *
 * A `Ping` carries the browser's own clock, a `Pong` brings the node's session time. The error of one measurement is at
 * most half its round trip, so the measurement with the shortest round trip of the last minute counts.
 *
 * @typedef {{ at: number, roundTrip: number, offset: number }} Measurement  all in seconds; `offset` = session time − own clock
 */

/** Clocks of two machines drift apart by some 50 µs a second: after a minute an old good measurement is worth less than 3 ms. */
export const MEASUREMENT_LIFETIME = 60;
/** Enough for a minute of pings every two seconds. */
const MOST_MEASUREMENTS = 40;

/** What two measurements may differ beyond their round trips: drift within a lifetime and coarse browser clocks. Seconds. */
const TOLERANCE = 0.02;

/**
 * Two measurements of one pair of clocks never differ by more than half their round trips. When they do, one of the clocks
 * has jumped (a laptop that slept: `performance.now()` may stand still meanwhile) and the older one is worth nothing.
 * @param {Measurement} older
 * @param {Measurement} newer
 */
function agree(older, newer) {
  return Math.abs(older.offset - newer.offset) <= (older.roundTrip + newer.roundTrip) / 2 + TOLERANCE;
}

export class ClockOffset {
  constructor() {
    /** @type {Measurement[]} */
    this._measurements = [];
    /** @type {number | null} */
    this._offset = null;
  }

  /** True as soon as a node was heard once; the estimate outlives the connection. */
  get known() {
    return this._offset !== null;
  }

  /**
   * `Welcome.session_time` gives a first rough value (it is late by the one-way delay).
   * @param {number} sessionTime seconds
   * @param {number} now own clock, seconds
   */
  heardWelcome(sessionTime, now) {
    if (this._measurements.length === 0) this._offset = sessionTime - now;
  }

  /**
   * @param {number} sent own clock when the ping left, seconds
   * @param {number} sessionTime the node's, seconds
   * @param {number} now own clock when the pong arrived, seconds
   */
  heardPong(sent, sessionTime, now) {
    const roundTrip = now - sent;
    if (!(roundTrip >= 0) || !Number.isFinite(sessionTime)) return;
    const measured = { at: now, roundTrip, offset: sessionTime - (sent + now) / 2 };
    this._measurements = this._measurements.filter((one) => agree(one, measured));
    this._measurements.push(measured);
    this._measurements = this._measurements
      .filter((one) => now - one.at <= MEASUREMENT_LIFETIME)
      .slice(-MOST_MEASUREMENTS);
    let best = this._measurements[0];
    for (const one of this._measurements) if (one.roundTrip <= best.roundTrip) best = one;
    this._offset = best.offset;
  }

  /** Another node has another clock: forget what the old one said, keep its value until the new one is heard. */
  nodeChanged() {
    this._measurements = [];
  }

  /**
   * Session time in seconds, or null when no node was ever heard.
   * @param {number} now own clock, seconds
   * @returns {number | null}
   */
  sessionTime(now) {
    return this._offset === null ? null : now + this._offset;
  }
}
