// @ts-check
/**
 * The secretary's editor: saved lines, unsaved lines and the line being typed. Used beside the call and alone. Nothing typed
 * is ever lost: the typing line is kept on this machine with every key, a finished line goes through the outbox.
 *
 * @typedef {import("./typing_line.js").Draft} Draft
 * @typedef {import("./typing_line.js").Mark} Mark
 * @typedef {import("./speaker_menu.js").Speaker} Speaker
 * @typedef {{ turn: string, number: number, code: string }} TurnOfMinutes
 */

import { confirmed, toast } from "./dialogs.js";
import { el, fill, icon, must, setText } from "./dom.js";
import { clockTime, clockTimeWithSeconds } from "./format.js";
import { newId } from "./ids.js";
import { LinesView, showConclusions } from "./lines_view.js";
import { MinutesBook } from "./minutes_book.js";
import { merged } from "./outbox.js";
import { SpeakerMenu } from "./speaker_menu.js";
import { TEXTS } from "./texts.js";
import { afterSaving, emptyDraft, KINDS, marked, speakerQuery, typed, withFloor } from "./typing_line.js";

/** A healthy hub confirms sooner; later than this a person must see that the line is not saved (quality K2: one second). Seconds. */
const LATE_AFTER = 0.7;

export class MinutesEditor {
  /**
   * @param {object} options
   * @param {import("./api.js").Api} options.api
   * @param {import("./session_events.js").SessionEvents} options.events
   * @param {import("./outbox.js").Outbox} options.outbox
   * @param {import("./outbox_store.js").DraftStore} options.drafts
   * @param {string} options.session
   * @param {import("./notices.js").Notices} options.notices
   * @param {() => number | null} options.sessionTime
   * @param {number | null} options.clockZero Unix seconds of session time 0
   * @param {boolean} options.mayWrite
   */
  constructor({ api, events, outbox, drafts, session, notices, sessionTime, clockZero, mayWrite }) {
    this._api = api;
    this._outbox = outbox;
    this._drafts = drafts;
    this._session = session;
    this._notices = notices;
    this._sessionTime = sessionTime;
    this._clockZero = clockZero;
    this._mayWrite = mayWrite;
    /** @type {TurnOfMinutes | null} */
    this._turn = null;
    /** @type {TurnOfMinutes[]} */
    this._turns = [];
    /** @type {Speaker[]} */
    this._people = [];
    /** @type {{ name: string, attendance: string | null, interpreter: boolean } | null} */
    this._holder = null;
    this._holderKey = "";
    this._draftOnlyHere = false;
    this._markPressed = false;
    /** @type {Map<string, number>} when an unsaved line was first seen, own clock in seconds */
    this._since = new Map();
    this.book = new MinutesBook(api, events);
    this._field = must("#typing-text", HTMLTextAreaElement);
    this._lines = new LinesView(must("#lines", HTMLElement), this._acts(), (line) => this._wallTime(line));
    this._menu = new SpeakerMenu(this._field, () => this._people, (one) => this._speakerChosen(one));
    must("#typing", HTMLElement).append(this._menu.element);
    /** @type {Draft} */
    this._draft = { ...emptyDraft(), ...(drafts.get(session) ?? {}) };
    this._markPressed = this._draft.mark !== null && this._draft.text === "";
    this._field.value = this._draft.text;
    this._buildKinds();
    this._listen();
    this.render();
  }

  // --- what comes from outside ------------------------------------------------------------------------------

  /** @param {TurnOfMinutes | null} turn the turn new lines belong to @param {TurnOfMinutes[]} all */
  setTurn(turn, all) {
    this._turns = all;
    if (turn?.turn === this._turn?.turn) return;
    this._turn = turn;
    if (turn !== null) this.book.follow(turn.turn);
    this.render();
  }

  /** @param {Speaker[]} people of the turn @param {{ name: string, attendance: string | null, interpreter: boolean } | null} holder who has the floor */
  setPeople(people, holder) {
    this._people = people;
    const key = JSON.stringify(holder);
    if (key === this._holderKey) return;
    this._holderKey = key;
    this._holder = holder;
    this._setDraft(withFloor(this._draft, holder));
  }

  // --- showing ----------------------------------------------------------------------------------------------

  render() {
    const turn = this._turn;
    const entries = this._outbox.entries;
    const now = performance.now() / 1000;
    for (const entry of entries) if (!this._since.has(entry.id)) this._since.set(entry.id, now);
    for (const id of this._since.keys()) if (this._outbox.entry(id) === undefined) this._since.delete(id);
    const late = (/** @type {string} */ id) => now - (this._since.get(id) ?? now) >= LATE_AFTER || this._outbox.problem !== "";
    const rows = merged(this.book.lines, entries.filter((one) => one.turn === turn?.turn));
    const signedOff = this.book.state === "reviewed";
    const mayEdit = this._mayWrite && !signedOff;
    const empty = turn === null ? TEXTS.minutes.noTurn : this.book.failed && !this.book.loaded ? TEXTS.minutes.loadFailed : TEXTS.minutes.noLines;
    this._lines.show(rows, { mayEdit, late, empty });
    setText(must("#lines-count", HTMLElement), turn === null ? "" : `· ${TEXTS.minutes.lines(rows.length)}`);
    setText(must("#lines-turn", HTMLElement), turn === null ? "" : TEXTS.minutes.inTurn(turn.number, turn.code));
    const unsaved = entries.filter((one) => one.state !== "waiting" || late(one.id)).length;
    const chip = must("#unsaved", HTMLElement);
    chip.hidden = unsaved === 0;
    setText(must("#unsaved-words", HTMLElement), unsaved === 0 ? "" : TEXTS.minutes.unsaved(unsaved));
    showConclusions(must("#conclusions-list", HTMLElement), rows.filter((row) => row.line.kind === "conclusion" || row.line.kind === "task"));
    this._renderTyping(mayEdit, signedOff);
    this._renderNotices();
  }

  /** @param {boolean} mayEdit @param {boolean} signedOff */
  _renderTyping(mayEdit, signedOff) {
    const draft = this._draft;
    const waiting = draft.mark !== null && draft.mark.turn !== this._turn?.turn;
    must("#typing", HTMLElement).hidden = !mayEdit;
    must("#kinds", HTMLElement).hidden = !mayEdit;
    this._field.disabled = this._turn === null && draft.mark === null;
    this._field.placeholder = this._turn === null ? TEXTS.minutes.noTurn : TEXTS.minutes.typeHere;
    const why = must("#read-only", HTMLElement);
    why.hidden = mayEdit;
    setText(why, signedOff ? TEXTS.minutes.signedOff : TEXTS.minutes.readOnly);
    setText(must("#typing-time", HTMLElement), draft.mark === null ? "" : clockTime(Date.parse(draft.mark.typedAt) / 1000));
    setText(must("#typing-speaker", HTMLElement), draft.speaker || TEXTS.minutes.noSpeaker);
    setText(must("#typing-kind", HTMLElement), TEXTS.kinds[draft.kind]);
    let state = draft.text.trim() === "" ? "" : TEXTS.minutes.writing;
    if (draft.text.trim() === "" && draft.mark !== null) state = TEXTS.minutes.marked(clockTimeWithSeconds(Date.parse(draft.mark.typedAt) / 1000));
    if (waiting) {
      const turn = this._turns.find((one) => one.turn === draft.mark?.turn);
      if (turn !== undefined) state = TEXTS.minutes.turnOfDraft(turn.number);
    }
    setText(must("#typing-state", HTMLElement), state);
    for (const button of document.querySelectorAll("#kinds [data-kind]")) {
      button.setAttribute("aria-pressed", String(button.getAttribute("data-kind") === draft.kind));
    }
    must("#interpreter-toggle", HTMLElement).setAttribute("aria-pressed", String(draft.interpreter));
  }

  _renderNotices() {
    this._notices.set(
      "sign-in",
      this._outbox.problem === "SIGN_IN" ? { kind: "danger", title: TEXTS.minutes.signInAgain } : null,
    );
    this._notices.set(
      "storage",
      this._outbox.storeBroken && this._outbox.entries.length > 0 ? { kind: "danger", title: TEXTS.minutes.storageBroken } : null,
    );
  }

  // --- typing -----------------------------------------------------------------------------------------------

  _listen() {
    const field = this._field;
    field.addEventListener("input", () => this._typed());
    field.addEventListener("keydown", (event) => this._key(event));
    field.addEventListener("blur", () => this._menu.close());
    document.addEventListener("keydown", (event) => this._shortcut(event));
    this._outbox.addEventListener("change", () => this.render());
    this._outbox.addEventListener("confirmed", (event) => this.book.take(/** @type {CustomEvent} */ (event).detail.line));
    this.book.addEventListener("change", () => this.render());
    window.addEventListener("online", () => this._outbox.sendNow());
    window.addEventListener("beforeunload", (event) => {
      const onlyHere = this._outbox.unkept > 0 || (this._outbox.storeBroken && this._outbox.entries.length > 0) || this._draftOnlyHere;
      if (onlyHere) event.preventDefault();
    });
    // Lateness comes with time, not with an event.
    window.setInterval(() => this._outbox.entries.length > 0 && this.render(), 250);
    must("#choose-speaker", HTMLButtonElement).onclick = () => {
      field.focus();
      this._menu.open("");
    };
    must("#interpreter-toggle", HTMLButtonElement).onclick = () => this._toggleInterpreter();
  }

  _typed() {
    const field = this._field;
    this._setDraft(typed(this._draft, field.value, () => this._mark(), this._markPressed));
    grow(field);
    const query = speakerQuery(field.value, field.selectionStart);
    if (query === null) this._menu.close();
    else this._menu.open(query.query);
  }

  /** @param {KeyboardEvent} event */
  _key(event) {
    if (event.isComposing || this._menu.key(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      void this._save();
    }
  }

  /** @param {KeyboardEvent} event */
  _shortcut(event) {
    if (!this._mayWrite || document.querySelector("dialog[open]") !== null) return;
    if (event.key === "F2") {
      event.preventDefault();
      this._markNow();
      return;
    }
    if (!event.altKey || event.ctrlKey || event.metaKey) return;
    const digit = /^Digit([1-7])$/.exec(event.code)?.[1];
    if (digit === undefined) return;
    event.preventDefault();
    if (digit === "7") this._toggleInterpreter();
    else this._setDraft({ ...this._draft, kind: KINDS[Number(digit) - 1] });
  }

  _markNow() {
    if (this._turn === null) return;
    if (this._draft.text.trim() === "") this._markPressed = true;
    this._setDraft(marked(this._draft, this._mark()));
    if (this._draft.nextMark !== null) toast(TEXTS.minutes.marked(clockTimeWithSeconds(Date.parse(this._draft.nextMark.typedAt) / 1000)));
    this._field.focus();
  }

  /** @returns {Mark} this moment */
  _mark() {
    return { turn: this._turn?.turn ?? "", sessionTime: this._sessionTime(), typedAt: new Date().toISOString() };
  }

  _toggleInterpreter() {
    this._setDraft({ ...this._draft, interpreter: !this._draft.interpreter, chosen: true });
  }

  /** @param {Speaker} speaker */
  _speakerChosen(speaker) {
    const field = this._field;
    const query = speakerQuery(field.value, field.selectionStart);
    if (query !== null) {
      field.value = (field.value.slice(0, query.from) + field.value.slice(field.selectionStart)).replace(/^\s+/, "");
    }
    const draft = typed(this._draft, field.value, () => this._mark(), this._markPressed);
    this._setDraft({ ...draft, speaker: speaker.name, attendance: speaker.attendance, interpreter: speaker.interpreter, chosen: true });
    field.focus();
  }

  async _save() {
    const draft = this._draft;
    const text = draft.text.trim();
    if (text === "" || draft.mark === null || draft.mark.turn === "") return;
    const kept = this._outbox.save({ id: newId(), turn: draft.mark.turn, base: null, fields: fieldsOf(draft, text) });
    this._markPressed = draft.nextMark !== null;
    this._field.value = "";
    // The draft is forgotten only when the outbox has the line on disk.
    this._draftOnlyHere = true;
    this._draft = withFloor(afterSaving(draft), this._holder);
    grow(this._field);
    this.render();
    await kept;
    this._setDraft(this._draft);
  }

  /** @param {Draft} draft */
  _setDraft(draft) {
    this._draft = draft;
    const nothing = draft.text === "" && draft.mark === null && draft.nextMark === null;
    this._draftOnlyHere = !this._drafts.put(this._session, nothing ? null : draft);
    this._renderTyping(this._mayWrite && this.book.state !== "reviewed", this.book.state === "reviewed");
  }

  _buildKinds() {
    fill(
      must("#kinds-list", HTMLElement),
      ...KINDS.map((kind, n) =>
        el(
          "button",
          {
            class: "kind",
            type: "button",
            "data-kind": kind,
            "aria-pressed": "false",
            onclick: () => {
              this._setDraft({ ...this._draft, kind });
              this._field.focus();
            },
          },
          el("kbd", { class: "key" }, String(n + 1)),
          TEXTS.kinds[kind],
        ),
      ),
    );
    fill(must("#interpreter-toggle", HTMLElement), el("kbd", { class: "key" }, "Alt 7"), icon("translate", "icon icon-small"), TEXTS.minutes.throughInterpreter);
  }

  // --- saved lines ------------------------------------------------------------------------------------------

  /** @returns {import("./lines_view.js").LineActs} */
  _acts() {
    return {
      change: ({ id, line, entry }, { text, kind, speaker }) => {
        const same = speaker === line.speaker;
        const fields = { ...fieldsOfLine(line), text, kind, speaker, speaker_attendance: same ? line.speaker_attendance : null };
        // The version the person had in front when they began, not the newest: somebody may have changed it meanwhile.
        void this._outbox.save({ id, turn: entry?.turn ?? line.turn, fields, base: line.version ?? null });
      },
      remove: ({ id, line }) => void this._remove(id, line),
      keepMine: (id) => void this._outbox.keepMine(id),
      discard: (id) => {
        const theirs = this._outbox.entry(id)?.theirs;
        void this._outbox.discard(id);
        if (theirs) this.book.take(theirs);
      },
      retry: (id) => void this._outbox.retry(id),
      toTyping: ({ id, entry }) => {
        if (entry === null) return;
        const text = [this._draft.text.trim(), entry.fields.text].filter((one) => one !== "").join(" ");
        this._field.value = text;
        this._setDraft(typed({ ...this._draft, text }, text, () => this._mark(), this._markPressed));
        void this._outbox.discard(id);
        this._field.focus();
      },
    };
  }

  /** @param {string} id @param {any} line */
  async _remove(id, line) {
    const words = TEXTS.minutes;
    if (!(await confirmed({ title: words.removeTitle, body: words.removeBody, confirm: words.removeConfirm, danger: true }))) return;
    try {
      await this._api.delete(`/turns/${line.turn}/lines/${id}?version=${line.version}`);
      this.book.drop(id);
    } catch (error) {
      toast(/** @type {Error} */ (error).message);
      void this.book.load();
    }
  }

  /** @param {any} line @returns {number | null} Unix seconds */
  _wallTime(line) {
    if (line.session_time === null) return Date.parse(line.typed_at) / 1000;
    if (this._clockZero !== null) return this._clockZero + line.session_time;
    const now = this._sessionTime();
    return now === null ? Date.parse(line.typed_at) / 1000 : Date.now() / 1000 + line.session_time - now;
  }
}

/** @param {Draft} draft @param {string} text @returns {import("./outbox.js").LineFields} */
function fieldsOf(draft, text) {
  return {
    session_time: draft.mark?.sessionTime ?? null,
    kind: draft.kind,
    speaker: draft.speaker,
    speaker_attendance: draft.attendance,
    through_interpreter: draft.interpreter,
    text,
    typed_at: draft.mark?.typedAt ?? new Date().toISOString(),
  };
}

/** @param {any} line @returns {import("./outbox.js").LineFields} */
function fieldsOfLine(line) {
  const { session_time, kind, speaker, speaker_attendance, through_interpreter, text, typed_at } = line;
  return { session_time, kind, speaker, speaker_attendance, through_interpreter, text, typed_at };
}

/** As high as its words, up to a third of the page. @param {HTMLTextAreaElement} field */
function grow(field) {
  field.style.height = "auto";
  field.style.height = `${Math.min(field.scrollHeight, window.innerHeight / 3)}px`;
}
