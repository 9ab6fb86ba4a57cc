// @ts-check
/** The sign that everybody sees, late joiners too: whether this turn is being recorded, and for how long. */

import { runningTurn } from "./call_state.js";
import { el, fill, icon, must, setText } from "./dom.js";
import { duration } from "./format.js";
import { TEXTS } from "./texts.js";

/** @typedef {import("./call_state.js").CallState} CallState */

export class RecordingSign {
  constructor() {
    this._root = must("#recording-sign", HTMLElement);
    this._words = must("#recording-words", HTMLElement);
    this._time = must("#recording-time", HTMLElement);
    this._sign = must("#recording-icon", HTMLElement);
  }

  /** @param {CallState} state @param {boolean} recorded the session's kind is one that is recorded */
  show(state, recorded) {
    const stage = state.stage;
    const inTurn = runningTurn(state) !== null;
    this._root.hidden = stage === null || (!inTurn && recorded);
    const now = recorded ? (stage?.recording ?? "off") : "never";
    if (this._root.dataset.state === now) return;
    this._root.dataset.state = now === "never" ? "off" : now;
    // Set text last: the live region speaks when its words change.
    this._sign.replaceChildren(icon(now === "recording" || now === "failed" ? "record" : "record-off"));
    setText(this._words, TEXTS.recording[/** @type {keyof typeof TEXTS.recording} */ (now)] ?? "");
  }

  /** @param {CallState} state @param {number | null} sessionTime */
  tick(state, sessionTime) {
    const since = state.stage?.recording === "recording" ? state.stage.recording_since : null;
    const text = since !== null && since !== undefined && sessionTime !== null ? duration(sessionTime - since) : "";
    if (this._time.textContent !== text) fill(this._time, text === "" ? null : el("span", {}, text));
  }
}
