// @ts-check
/** The minutes beside the recording: the line that is heard is open, the others are one press away. */

import { el, fill, icon } from "./dom.js";
import { clockTimeWithSeconds } from "./format.js";
import { placeOf } from "./review_rules.js";
import { TEXTS } from "./texts.js";

const CHECKS = /** @type {Record<string, [string, string]>} */ ({
  correct: ["check", TEXTS.review.correct],
  needs_correction: ["pencil", TEXTS.review.needsCorrection],
  unheard: ["speaker-off", TEXTS.review.unheard],
});

export class ReviewLinesView {
  /**
   * @param {HTMLElement} root
   * @param {object} on
   * @param {(line: string) => void} on.open
   * @param {(line: string, act: "correct" | "needs_correction" | "anchor") => void} on.act
   * @param {(line: any) => number | null} on.wallTime Unix seconds
   */
  constructor(root, on) {
    this._root = root;
    this._on = on;
    this._key = "";
    this._current = "";
  }

  /**
   * @param {any[]} lines in order
   * @param {string | null} current
   * @param {{ hearing: boolean, mayReview: boolean }} options
   */
  show(lines, current, { hearing, mayReview }) {
    const key = JSON.stringify([lines, current, hearing, mayReview]);
    if (key === this._key) return;
    this._key = key;
    const focused = this._root.contains(document.activeElement)
      ? (document.activeElement?.closest("[data-line]")?.getAttribute("data-line") ?? "")
      : "";
    const rows = lines.map((line) => this._row(line, line.id === current, hearing, mayReview));
    fill(this._root, ...(rows.length > 0 ? rows : [el("p", { class: "empty" }, TEXTS.review.noLines)]));
    if (focused !== "") this._open(focused)?.focus({ preventScroll: true });
    if (current !== null && current !== this._current) this._open(current)?.closest("[data-line]")?.scrollIntoView({ block: "nearest" });
    this._current = current ?? "";
  }

  /** @param {string} line @returns {HTMLElement | null} */
  _open(line) {
    return this._root.querySelector(`[data-line="${CSS.escape(line)}"] .review-line-open`);
  }

  /** @param {any} line @param {boolean} current @param {boolean} hearing @param {boolean} mayReview */
  _row(line, current, hearing, mayReview) {
    const at = this._on.wallTime(line);
    const [sign, words] = current && hearing ? ["speaker", TEXTS.review.hearing] : (CHECKS[line.check] ?? CHECKS.unheard);
    return el(
      "article",
      {
        class: "review-line",
        "data-line": line.id,
        "data-check": line.check,
        "data-testid": "review-line",
        "aria-current": current ? "true" : undefined,
      },
      el("time", { class: "line-time" }, at === null ? "" : clockTimeWithSeconds(at)),
      el(
        "button",
        { class: "review-line-open", type: "button", onclick: () => this._on.open(line.id) },
        el(
          "span",
          { class: "line-head" },
          el("span", { class: "line-speaker name" }, line.speaker || TEXTS.minutes.noSpeaker),
          el("span", { class: "line-kind" }, TEXTS.kinds[line.kind] ?? line.kind),
          line.through_interpreter && el("span", { class: "line-interpreter" }, icon("translate"), TEXTS.throughInterpreter),
        ),
        el("span", { class: "line-text review-words" }, line.text),
        placeOf(line) === null && el("span", { class: "hint" }, TEXTS.review.noAnchor),
      ),
      el("span", { class: "line-state", "data-check": line.check }, icon(sign), words),
      line.check_note !== "" && el("p", { class: "review-note" }, TEXTS.review.note(line.check_note)),
      current && mayReview && this._actions(line),
    );
  }

  /** @param {any} line */
  _actions(line) {
    const button = (/** @type {any} */ act, /** @type {string} */ sign, /** @type {string} */ words, /** @type {string} */ key, /** @type {string} */ style) =>
      el(
        "button",
        { class: `button button-small ${style}`, type: "button", "data-testid": `review-${act}`, onclick: () => this._on.act(line.id, act) },
        icon(sign),
        words,
        el("kbd", { class: "key" }, key),
      );
    return el(
      "div",
      { class: "review-actions" },
      button("correct", "check", TEXTS.review.correct, "D", "button-primary"),
      button("needs_correction", "pencil", TEXTS.review.needsCorrection, "S", ""),
      button("anchor", "bookmark", TEXTS.review.moveAnchor, "M", ""),
    );
  }
}
