// @ts-check
/**
 * Everybody on the roll of the running turn, those who are not here yet too: recording waits for each one's choice.
 * For conductors who may read it; the others' roll stays empty. Event `change`.
 *
 * @typedef {{ attendance: string, seat: string, name: string, capacity: string, consent: string }} OnRoll
 */
export class TurnRoll extends EventTarget {
  /**
   * @param {import("./api.js").Api} api
   * @param {import("./session_events.js").SessionEvents} events
   */
  constructor(api, events) {
    super();
    this._api = api;
    this._turn = "";
    this._serial = 0;
    /** @type {OnRoll[]} */
    this.people = [];
    events.addEventListener("snapshot", () => void this._load());
    events.addEventListener("changed", (event) => {
      if (/** @type {CustomEvent} */ (event).detail.what === "people") void this._load();
    });
  }

  /** @param {string} turn empty when none runs */
  follow(turn) {
    if (turn === this._turn) return;
    this._turn = turn;
    this.people = [];
    void this._load();
  }

  async _load() {
    const serial = ++this._serial;
    if (this._turn === "") return;
    // A hub that is away says `snapshot` when it is back.
    const turn = await this._api.get(`/turns/${this._turn}`).catch(() => null);
    if (turn === null || serial !== this._serial) return;
    this.people = turn.people;
    this.dispatchEvent(new Event("change"));
  }
}
