// @ts-check
/**
 * When to try again, and with what. Pure: chance comes in as an argument.
 */

/** First pause: a node that only dropped the socket is back at once. Seconds. */
export const FIRST_PAUSE = 0.2;
/** Longest pause: 67 seats that come back within three seconds are no load, a person waits no longer. Seconds. */
export const LONGEST_PAUSE = 3;
/** After so many refused sockets in a row the node is probably gone: ask the hub for a new pass (it may have moved the session). */
export const REFUSALS_BEFORE_NEW_PASS = 3;
/** After a closing with one of these codes the resume token is worth nothing. */
const NEW_PASS_CODES = new Set([
  "RESUME_UNKNOWN",
  "ROOM_UNKNOWN",
  "GENERATION_OLD",
  "PASS_EXPIRED",
  "PASS_USED",
  "PASS_INVALID",
  "PASS_OTHER_NODE",
  "NODE_STOPPING",
  "NODE_BROKEN",
  "SEAT_UNKNOWN",
]);

/**
 * Pause before the next attempt: doubles from 0.2 s to 3 s, and every browser waits a different part of it.
 * @param {number} attempt 0 for the first
 * @param {number} chance 0 ≤ chance < 1
 * @returns {number} seconds
 */
export function pauseBefore(attempt, chance) {
  const full = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.min(attempt, 10));
  return full * (0.7 + 0.3 * chance);
}

/** @typedef {"resume" | "pass" | "over"} NextStep  take the seat again with the token, with a new pass, or not at all */

/** What a client knows about how it stands with its node. */
export class Reconnect {
  constructor() {
    /** @type {string | null} newest resume token, good once */
    this.token = null;
    /** Newest generation seen; a lower one is refused. */
    this.generation = 0;
    this._attempt = 0;
    this._refused = 0;
    this._preferPass = false;
  }

  /**
   * @param {string} token
   * @param {number} generation
   * @returns {boolean} false: an older node answered; leave it and ask for a new pass
   */
  welcomed(token, generation) {
    if (generation < this.generation) {
      this.token = null;
      return false;
    }
    this.generation = generation;
    this.token = token;
    this._attempt = 0;
    this._refused = 0;
    this._preferPass = false;
    return true;
  }

  /** The socket closed before the node welcomed us. */
  socketRefused() {
    this._refused += 1;
    if (this._refused >= REFUSALS_BEFORE_NEW_PASS) this._preferPass = true;
  }

  /** The hub did not answer either: it may be the hub that is away and not the node, so the token is tried again. */
  passFailed() {
    this._refused = 0;
    this._preferPass = false;
  }

  /**
   * The node said goodbye.
   * @param {string} code
   * @param {boolean} retry
   * @returns {NextStep}
   */
  closed(code, retry) {
    if (!retry) {
      this.token = null;
      return "over";
    }
    if (NEW_PASS_CODES.has(code)) this.token = null;
    return this.next();
  }

  /** @returns {NextStep} */
  next() {
    return this.token === null || this._preferPass ? "pass" : "resume";
  }

  /** @returns {string | null} the token, taken: it is good once */
  takeToken() {
    const token = this.token;
    this.token = null;
    return token;
  }

  /** Put back a token that no node has answered. @param {string} token */
  keepToken(token) {
    this.token = token;
  }

  /**
   * @param {number} chance
   * @returns {number} seconds until the next attempt; each call counts as an attempt
   */
  pause(chance) {
    return pauseBefore(this._attempt++, chance);
  }
}
