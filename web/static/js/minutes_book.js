// @ts-check
/** The saved lines of one turn, kept fresh by the hub's event stream. Event `change`. */

/** A hub that is away is asked again after this long. Seconds. */
const RELOAD_PAUSE = 2;

export class MinutesBook extends EventTarget {
  /**
   * @param {import("./api.js").Api} api
   * @param {import("./session_events.js").SessionEvents} events
   */
  constructor(api, events) {
    super();
    this._api = api;
    this.turn = "";
    this.state = "draft";
    this.loaded = false;
    this.failed = false;
    /** @type {Map<string, any>} */
    this._lines = new Map();
    this._serial = 0;
    events.addEventListener("snapshot", () => void this.load());
    events.addEventListener("changed", (event) => this._changed(/** @type {CustomEvent} */ (event).detail));
  }

  get lines() {
    return [...this._lines.values()].sort((a, b) => a.position - b.position);
  }

  /** @param {string} turn */
  follow(turn) {
    if (turn === this.turn) return;
    this.turn = turn;
    this.loaded = false;
    this._lines.clear();
    this.dispatchEvent(new Event("change"));
    void this.load();
  }

  async load() {
    const serial = ++this._serial;
    if (this.turn === "") return;
    try {
      const { state, lines } = await this._api.get(`/turns/${this.turn}/lines`);
      if (serial !== this._serial) return;
      this.state = state;
      this._lines = new Map(lines.map((/** @type {any} */ line) => [line.id, line]));
      this.loaded = true;
      this.failed = false;
    } catch (error) {
      if (serial !== this._serial) return;
      this.failed = true;
      if (/** @type {any} */ (error).temporary) window.setTimeout(() => serial === this._serial && void this.load(), RELOAD_PAUSE * 1000);
    }
    this.dispatchEvent(new Event("change"));
  }

  /** A line the hub has just given us. @param {any} line */
  take(line) {
    const before = this._lines.get(line.id);
    if (line.turn !== this.turn || (before !== undefined && before.version > line.version)) return;
    this._lines.set(line.id, line);
    this.dispatchEvent(new Event("change"));
  }

  /** @param {string} id */
  drop(id) {
    if (this._lines.delete(id)) this.dispatchEvent(new Event("change"));
  }

  /** @param {string} id */
  line(id) {
    return this._lines.get(id);
  }

  /** @param {any} detail */
  _changed(detail) {
    if (detail.what === "line" && detail.turn === this.turn) {
      if (detail.line) this.take(detail.line);
      else this.drop(detail.id);
    } else if (detail.what === "turn" && detail.id === this.turn) void this.load();
  }
}
