// @ts-check
/**
 * The hub's event stream of a session. The browser reconnects by itself; after every `snapshot` listeners fetch again
 * what they show, so nothing is missed over a gap.
 *
 * Events: `snapshot`, `changed` { what, id, … }.
 */
export class SessionEvents extends EventTarget {
  /** @param {import("./api.js").Api} api @param {string} session */
  constructor(api, session) {
    super();
    this._address = api.eventsAddress(`/sessions/${session}/events`);
    /** @type {EventSource | null} */
    this._source = null;
    this._retry = 0;
  }

  start() {
    if (this._source !== null) return;
    const source = new EventSource(this._address);
    this._source = source;
    source.addEventListener("snapshot", () => this.dispatchEvent(new Event("snapshot")));
    source.addEventListener("changed", (event) => {
      this.dispatchEvent(new CustomEvent("changed", { detail: JSON.parse(event.data) }));
    });
    source.onerror = () => {
      // An answer other than 200 (the hub restarting behind a proxy, a sign-in that ended) closes the source for good.
      if (source.readyState !== EventSource.CLOSED || this._source !== source) return;
      this._source = null;
      window.clearTimeout(this._retry);
      this._retry = window.setTimeout(() => this.start(), 3000);
    };
  }

  stop() {
    window.clearTimeout(this._retry);
    this._source?.close();
    this._source = null;
  }
}
