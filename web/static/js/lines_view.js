// @ts-check
/** The lines of a turn: saved ones bare, unsaved ones with their state and what the person can do about it. */

import { el, fill, icon } from "./dom.js";
import { clockTime } from "./format.js";
import { TEXTS } from "./texts.js";
import { KINDS } from "./typing_line.js";

/**
 * @typedef {import("./outbox.js").Entry} Entry
 * @typedef {{ id: string, line: any, entry: Entry | null }} Row
 * @typedef {object} LineActs
 * @property {(row: Row, changes: { text: string, kind: string, speaker: string }) => void} change
 * @property {(row: Row) => void} remove
 * @property {(id: string) => void} keepMine
 * @property {(id: string) => void} discard
 * @property {(row: Row) => void} toTyping
 * @property {(id: string) => void} retry
 */

export class LinesView {
  /**
   * @param {HTMLElement} root
   * @param {LineActs} acts
   * @param {(line: any) => number | null} wallTime Unix seconds of a line
   */
  constructor(root, acts, wallTime) {
    this._root = root;
    this._acts = acts;
    this._wallTime = wallTime;
    this._editing = "";
    /** @type {Map<string, { key: string, element: HTMLElement }>} */
    this._shown = new Map();
    /** @type {Row[]} */
    this._rows = [];
    this._may = false;
    this._empty = "";
  }

  /**
   * @param {Row[]} rows
   * @param {{ mayEdit: boolean, late: (id: string) => boolean, empty: string }} options  late: unsaved long enough to say so
   */
  show(rows, { mayEdit, late, empty }) {
    const atEnd = this._root.scrollHeight - this._root.scrollTop - this._root.clientHeight < 60;
    const grew = rows.length > this._rows.length;
    this._rows = rows;
    this._may = mayEdit;
    this._empty = empty;
    /** @type {HTMLElement[]} */
    const elements = [];
    const before = this._shown;
    this._shown = new Map();
    for (const row of rows) {
      const editing = row.id === this._editing && mayEdit;
      const key = editing ? "editing" : JSON.stringify([row.line, row.entry?.state, row.entry?.problem, row.entry?.theirs, late(row.id), mayEdit]);
      const old = before.get(row.id);
      const element = old?.key === key ? old.element : editing ? this._editor(row) : this._line(row, late(row.id));
      this._shown.set(row.id, { key, element });
      elements.push(element);
    }
    place(this._root, elements.length > 0 ? elements : [el("p", { class: "empty" }, empty)]);
    if (grew && atEnd) this._root.scrollTop = this._root.scrollHeight;
  }

  /** @param {Row} row @param {boolean} late */
  _line({ id, line, entry }, late) {
    const at = this._wallTime(line);
    const row = { id, line, entry };
    return el(
      "article",
      {
        class: "line",
        "data-line": id,
        "data-kind": line.kind,
        "data-saved": String(entry === null || (!late && entry.state === "waiting")),
        "data-confirmed": String(entry === null),
        "data-testid": "line",
      },
      el("time", { class: "line-time" }, at === null ? "" : clockTime(at)),
      el(
        "div",
        {},
        el(
          "div",
          { class: "line-head" },
          el("span", { class: "line-speaker name" }, line.speaker || TEXTS.minutes.noSpeaker),
          el("span", { class: "line-kind" }, TEXTS.kinds[line.kind] ?? line.kind),
          line.through_interpreter && el("span", { class: "line-interpreter" }, icon("translate"), TEXTS.throughInterpreter),
          this._state(row, late),
        ),
        el("p", { class: "line-text" }, line.text),
        entry !== null && entry.state !== "waiting" && this._trouble(row, entry),
      ),
    );
  }

  /** @param {Row} row @param {boolean} late */
  _state(row, late) {
    const { entry } = row;
    if (entry !== null) {
      if (entry.state === "conflict") return el("span", { class: "line-state" }, icon("warning"), TEXTS.minutes.conflictLine);
      if (entry.state === "refused") return el("span", { class: "line-state" }, icon("warning"), TEXTS.minutes.refusedLine);
      return late && el("span", { class: "line-state", "data-testid": "unsaved" }, icon("clock"), TEXTS.minutes.unsavedLine);
    }
    if (!this._may || row.line.kind === "incident") return null;
    const edit = () => {
      this._editing = row.id;
      this._refresh();
    };
    return el(
      "span",
      { class: "line-state line-tools" },
      el("button", { class: "button button-small button-plain", type: "button", "data-testid": "edit-line", onclick: edit }, TEXTS.minutes.edit),
      el("button", { class: "button button-small button-plain", type: "button", onclick: () => this._acts.remove(row) }, TEXTS.minutes.remove),
    );
  }

  /** @param {Row} row @param {Entry} entry */
  _trouble(row, entry) {
    const button = (/** @type {string} */ words, /** @type {() => void} */ act, /** @type {string} */ id) =>
      el("button", { class: "button button-small", type: "button", "data-testid": id, onclick: act }, words);
    if (entry.state === "refused") {
      return el(
        "div",
        { class: "line-conflict" },
        el("p", {}, entry.problem),
        el(
          "div",
          { class: "chips" },
          button(TEXTS.minutes.tryAgain, () => this._acts.retry(row.id), "retry"),
          button(TEXTS.minutes.copyText, () => this._acts.toTyping(row), "to-typing"),
        ),
      );
    }
    const theirs = entry.theirs;
    return el(
      "div",
      { class: "line-conflict", "data-testid": "conflict" },
      el("div", {}, el("strong", {}, TEXTS.minutes.conflictMine), el("p", { class: "line-text" }, entry.fields.text)),
      theirs === null
        ? el("strong", {}, TEXTS.minutes.conflictRemoved)
        : el("div", {}, el("strong", {}, TEXTS.minutes.conflictTheirs), el("p", { class: "line-text" }, theirs.text)),
      el(
        "div",
        { class: "chips" },
        theirs !== null && button(TEXTS.minutes.keepMine, () => this._acts.keepMine(row.id), "keep-mine"),
        theirs !== null && button(TEXTS.minutes.takeTheirs, () => this._acts.discard(row.id), "take-theirs"),
        button(TEXTS.minutes.copyText, () => this._acts.toTyping(row), "to-typing"),
      ),
    );
  }

  /** A saved line being changed in its place. @param {Row} row */
  _editor(row) {
    const { line } = row;
    const text = el("textarea", { class: "textarea", rows: "2", value: line.text, "aria-label": TEXTS.minutes.title });
    const kind = el("select", { class: "select" }, ...KINDS.map((one) => el("option", { value: one }, TEXTS.kinds[one])));
    kind.value = line.kind;
    kind.setAttribute("aria-label", TEXTS.minutes.title);
    const speaker = el("input", { class: "input", value: line.speaker, "aria-label": TEXTS.minutes.speaker, maxlength: "200" });
    const end = () => {
      this._editing = "";
      this._refresh();
    };
    const save = () => {
      if (text.value.trim() === "") return;
      this._editing = "";
      this._acts.change(row, { text: text.value.trim(), kind: kind.value, speaker: speaker.value.trim() });
    };
    text.addEventListener("keydown", (event) => {
      if (event.key === "Escape") end();
      else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        save();
      }
    });
    queueMicrotask(() => text.focus());
    return el(
      "article",
      { class: "line line-editing", "data-line": row.id },
      el("span", { class: "line-time" }),
      el(
        "div",
        { class: "line-form" },
        el("div", { class: "line-form-head" }, speaker, kind),
        text,
        el(
          "div",
          { class: "chips" },
          el("button", { class: "button button-small button-primary", type: "button", "data-testid": "save-edit", onclick: save }, TEXTS.minutes.save),
          el("button", { class: "button button-small", type: "button", onclick: end }, TEXTS.minutes.cancel),
        ),
      ),
    );
  }

  _refresh() {
    this.show(this._rows, { mayEdit: this._may, late: () => true, empty: this._empty });
  }
}

/** Puts elements in order without touching those that stand right, so that focus and selection survive. @param {HTMLElement} root @param {HTMLElement[]} elements */
function place(root, elements) {
  const wanted = new Set(elements);
  for (const child of [...root.children]) if (!wanted.has(/** @type {HTMLElement} */ (child))) child.remove();
  elements.forEach((element, n) => {
    if (root.children[n] !== element) root.insertBefore(element, root.children[n] ?? null);
  });
}

/** @param {HTMLElement} root @param {{ id: string, line: any }[]} rows lines of kind conclusion and task */
export function showConclusions(root, rows) {
  const key = JSON.stringify(rows.map((row) => [row.line.kind, row.line.text, row.line.speaker]));
  if (root.dataset.key === key) return;
  root.dataset.key = key;
  const cards = rows.map((row, n) =>
    el(
      "article",
      { class: "conclusion" },
      el(
        "div",
        { class: "conclusion-head" },
        el("strong", {}, `${TEXTS.kinds[row.line.kind]} ${n + 1}`),
        el("span", { class: "small ink-2" }, row.line.speaker),
      ),
      el("p", {}, row.line.text),
    ),
  );
  fill(root, ...(cards.length > 0 ? cards : [el("p", { class: "ink-2 small" }, TEXTS.minutes.noConclusions)]));
}
