// @ts-check
/** "Thư ký vừa ghi": the newest saved line of the running turn under the large picture, for those who may read it. */

import { runningTurn } from "./call_state.js";
import { must, setText } from "./dom.js";
import { clockTime } from "./format.js";
import { TEXTS } from "./texts.js";

export class LatestLine {
  /**
   * @param {import("./api.js").Api} api
   * @param {import("./session_events.js").SessionEvents} events
   * @param {(sessionTime: number) => number | null} wallTime
   */
  constructor(api, events, wallTime) {
    this._api = api;
    this._wallTime = wallTime;
    this._root = must("#last-line", HTMLElement);
    this._time = must("#last-line-time", HTMLElement);
    this._text = must("#last-line-text", HTMLElement);
    this._turn = "";
    events.addEventListener("snapshot", () => void this._load());
    events.addEventListener("changed", (event) => {
      const detail = /** @type {CustomEvent} */ (event).detail;
      if (detail.what === "line" && detail.turn === this._turn && detail.line) this._show(detail.line);
    });
  }

  /** @param {import("./call_state.js").CallState} state */
  follow(state) {
    const turn = runningTurn(state)?.turn ?? "";
    if (turn === this._turn) return;
    this._turn = turn;
    this._root.hidden = true;
    void this._load();
  }

  async _load() {
    const turn = this._turn;
    if (turn === "") return;
    try {
      const { lines } = await this._api.get(`/turns/${turn}/lines`);
      if (turn === this._turn && lines.length > 0) this._show(lines[lines.length - 1]);
    } catch {
      // Who may not read the minutes sees no line; a hub that is away sends a snapshot when it is back.
    }
  }

  /** @param {any} line */
  _show(line) {
    const at = line.session_time === null ? Date.parse(line.typed_at) / 1000 : this._wallTime(line.session_time);
    setText(this._time, at === null ? "" : clockTime(at));
    setText(this._text, line.speaker === "" ? line.text : `${line.speaker}: ${line.text}`);
    this._root.hidden = false;
    this._root.setAttribute("aria-label", TEXTS.secretaryWrote);
  }
}
