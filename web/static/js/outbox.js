// @ts-check
/**
 * Lines of minutes on their way to the hub. A line is put into the store first and sent afterwards, again and again until
 * the hub confirms it, so that neither a reload nor a hub that is away loses a keystroke. Pure of page and network: the
 * store, the sending, the clock and the waiting come in from outside.
 *
 * @typedef {{ session_time: number | null, kind: string, speaker: string, speaker_attendance: string | null,
 *   through_interpreter: boolean, text: string, typed_at: string }} LineFields
 * @typedef {{ id: string, turn: string, fields: LineFields, base: number | null, revision: number, sent: string[],
 *   state: "waiting" | "conflict" | "refused", problem: string, theirs: any, order: number }} Entry
 *   `base`: version the change is based on, null for a new line; `revision`: counts local changes; `sent`: what was ever
 *   sent, to know our own words when the hub shows them to us; `theirs`: the hub's line in a conflict, null if removed
 * @typedef {object} Store
 * @property {() => Promise<Entry[]>} all
 * @property {(entry: Entry) => Promise<void>} put
 * @property {(id: string) => Promise<void>} remove
 */

/** First and longest pause between attempts, seconds: a hub that restarts is back within some, a night without line costs little. */
export const FIRST_RETRY = 0.5;
export const LONGEST_RETRY = 10;

export class Outbox extends EventTarget {
  /**
   * Events: `change` (entries or their states), `confirmed` { line, turn }.
   * @param {object} options
   * @param {Store} options.store
   * @param {(entry: Entry) => Promise<any>} options.send resolves with the hub's line; rejects with { code, message, temporary, details }
   * @param {(act: () => void, seconds: number) => void} [options.later]
   */
  constructor({ store, send, later = (act, seconds) => void setTimeout(act, seconds * 1000) }) {
    super();
    this._store = store;
    this._send = send;
    this._later = later;
    /** @type {Map<string, Entry>} */
    this._entries = new Map();
    this._sending = false;
    this._wanted = false;
    this._attempt = 0;
    this._pausing = 0;
    this._order = 0;
    /** Writes to the store that have not ended; only these make it dangerous to close the page. */
    this.unkept = 0;
    /** The store refused: the lines live in this page alone. */
    this.storeBroken = false;
    /** The last sending failed and will be repeated; the sentence says why. */
    this.problem = "";
  }

  /** Takes up what an earlier page left. */
  async open() {
    const kept = await this._store.all().catch(() => {
      this.storeBroken = true;
      return /** @type {Entry[]} */ ([]);
    });
    for (const entry of kept.sort((a, b) => a.order - b.order)) {
      if (!this._entries.has(entry.id)) this._entries.set(entry.id, entry);
      this._order = Math.max(this._order, entry.order);
    }
    this._changed();
    void this._run();
  }

  /** In the order they were written. @returns {Entry[]} */
  get entries() {
    return [...this._entries.values()].sort((a, b) => a.order - b.order);
  }

  /** @param {string} id */
  entry(id) {
    return this._entries.get(id);
  }

  /**
   * A new line, or a change of one. Kept before it is sent.
   * @param {{ id: string, turn: string, fields: LineFields, base: number | null }} line
   */
  async save({ id, turn, fields, base }) {
    const before = this._entries.get(id);
    /** @type {Entry} */
    const entry = {
      id,
      turn,
      fields: { ...fields, text: fields.text.normalize("NFC") },
      base: before === undefined ? base : before.base,
      revision: (before?.revision ?? 0) + 1,
      sent: before?.sent ?? [],
      state: "waiting",
      problem: "",
      theirs: null,
      order: before?.order ?? ++this._order,
    };
    if (before?.state === "conflict" && before.theirs !== null) entry.base = before.theirs.version;
    this._entries.set(id, entry);
    this._changed();
    await this._keep(entry);
    this.sendNow();
  }

  /** In a conflict: our words take the place of theirs. @param {string} id */
  async keepMine(id) {
    const entry = this._entries.get(id);
    if (entry === undefined || entry.state !== "conflict" || entry.theirs === null) return;
    await this.save({ id, turn: entry.turn, fields: entry.fields, base: entry.theirs.version });
  }

  /** Forgets our words. @param {string} id */
  async discard(id) {
    this._entries.delete(id);
    this._changed();
    await this._store.remove(id).catch(() => undefined);
  }

  /** Tries a refused line again. @param {string} id */
  async retry(id) {
    const entry = this._entries.get(id);
    if (entry === undefined) return;
    entry.state = "waiting";
    entry.problem = "";
    await this._keep(entry);
    this._changed();
    this.sendNow();
  }

  /** The line is back, or a person does not want to wait: ends the pause. */
  sendNow() {
    this._pausing += 1;
    this._wanted = true;
    void this._run();
  }

  // --- inner ------------------------------------------------------------------------------------------------

  async _run() {
    if (this._sending) return;
    this._sending = true;
    do {
      this._wanted = false;
      await this._sendAll();
      // Who asked while the last attempt was failing has ended its pause and must not be forgotten.
    } while (this._wanted);
    this._sending = false;
  }

  async _sendAll() {
    for (;;) {
      const entry = this.entries.find((one) => one.state === "waiting");
      if (entry === undefined || !(await this._attemptOne(entry))) return;
    }
  }

  /** @param {Entry} entry @returns {Promise<boolean>} false: wait before the next attempt */
  async _attemptOne(entry) {
    const revision = entry.revision;
    const print = printOf(entry.fields);
    if (!entry.sent.includes(print)) {
      entry.sent = [...entry.sent, print];
      await this._keep(entry);
    }
    try {
      const line = await this._send(entry);
      this._attempt = 0;
      this.problem = "";
      await this._confirm(entry.id, revision, line);
      return true;
    } catch (error) {
      return this._failed(entry.id, revision, /** @type {any} */ (error));
    }
  }

  /** @param {string} id @param {number} revision @param {any} line */
  async _confirm(id, revision, line) {
    const entry = this._entries.get(id);
    if (entry !== undefined) {
      if (entry.revision === revision) {
        this._entries.delete(id);
        await this._store.remove(id).catch(() => undefined);
      } else {
        entry.base = line.version;
        await this._keep(entry);
      }
    }
    this.dispatchEvent(new CustomEvent("confirmed", { detail: { line } }));
    this._changed();
  }

  /** @param {string} id @param {number} revision @param {{ code?: string, message: string, status?: number, temporary?: boolean, details?: any }} error */
  async _failed(id, revision, error) {
    const entry = this._entries.get(id);
    if (entry === undefined || entry.revision !== revision) return true;
    if (error.code === "LINE_CHANGED_ELSEWHERE") {
      const theirs = error.details?.line ?? null;
      if (theirs !== null && entry.sent.includes(printOf(theirs))) {
        // Our own earlier words: an answer was lost on the way. They are the base of what we write now.
        entry.base = theirs.version;
      } else {
        entry.state = "conflict";
        entry.theirs = theirs;
      }
      await this._keep(entry);
      this._changed();
      return true;
    }
    if (error.temporary || error.status === 401 || error.status === undefined) {
      this.problem = error.status === 401 ? "SIGN_IN" : error.message;
      this._changed();
      this._pause();
      return false;
    }
    entry.state = "refused";
    entry.problem = error.message;
    await this._keep(entry);
    this._changed();
    return true;
  }

  _pause() {
    const seconds = Math.min(LONGEST_RETRY, FIRST_RETRY * 2 ** this._attempt++);
    const number = ++this._pausing;
    this._later(() => {
      if (number === this._pausing) void this._run();
    }, seconds);
  }

  /** @param {Entry} entry */
  async _keep(entry) {
    this.unkept += 1;
    try {
      await this._store.put(entry);
      this.storeBroken = false;
    } catch {
      this.storeBroken = true;
    } finally {
      this.unkept -= 1;
    }
    if (this.storeBroken) this._changed();
  }

  _changed() {
    this.dispatchEvent(new Event("change"));
  }
}

/**
 * What makes two forms of a line the same to a person.
 * @param {{ kind: string, speaker: string, through_interpreter: boolean, text: string }} line
 */
export function printOf(line) {
  return JSON.stringify([line.kind, line.speaker.normalize("NFC"), line.through_interpreter, line.text.normalize("NFC").trim()]);
}

/**
 * The lines of a turn as a person sees them: what the hub has, with our own unsaved words over it.
 * @param {any[]} saved lines of the hub
 * @param {Entry[]} entries of the same turn
 * @returns {{ id: string, line: any, entry: Entry | null }[]} in order
 */
export function merged(saved, entries) {
  const byId = new Map(entries.map((one) => [one.id, one]));
  const rows = [...saved]
    .sort((a, b) => a.position - b.position)
    .map((line) => {
      const entry = byId.get(line.id) ?? null;
      byId.delete(line.id);
      return { id: line.id, line: entry === null ? line : { ...line, ...entry.fields }, entry };
    });
  for (const entry of entries) {
    if (byId.has(entry.id)) rows.push({ id: entry.id, line: { id: entry.id, turn: entry.turn, ...entry.fields, version: null }, entry });
  }
  return rows;
}
