// @ts-check
/** How far the review is: counts above the lines, what is left to do below them. */

import { el, fill, icon, must, setText } from "./dom.js";
import { counted } from "./review_rules.js";
import { TEXTS } from "./texts.js";

export class ReviewFoot {
  /**
   * @param {boolean} mayReview
   * @param {{ nextUnheard: () => void, signOff: () => void }} on
   */
  constructor(mayReview, on) {
    this._counts = must("#review-counts", HTMLElement);
    this._signOff = must("#sign-off", HTMLButtonElement);
    this._next = must("#next-unheard", HTMLButtonElement);
    this._reason = must("#sign-off-reason", HTMLElement);
    must("#review-foot", HTMLElement).hidden = !mayReview;
    this._next.onclick = on.nextUnheard;
    this._signOff.onclick = on.signOff;
    this._key = "";
  }

  /** @param {import("./minutes_book.js").MinutesBook} book @param {boolean} allowed */
  show(book, allowed) {
    const lines = book.lines;
    const counts = counted(lines);
    this._signOff.disabled = !allowed || counts.unheard > 0 || lines.length === 0;
    this._next.disabled = counts.unheard === 0;
    let reason = counts.unheard > 0 ? TEXTS.review.remaining(counts.unheard) : "";
    if (book.state === "reviewed") reason = TEXTS.review.signedOff;
    else if (lines.length === 0) reason = TEXTS.review.noLines;
    setText(this._reason, reason);
    this._showCounts(counts);
  }

  /** @param {{ correct: number, needs_correction: number, unheard: number }} counts */
  _showCounts(counts) {
    const key = JSON.stringify(counts);
    if (key === this._key) return;
    this._key = key;
    const { correct, needs_correction: needed, unheard } = counts;
    const words = TEXTS.review.counts;
    fill(
      this._counts,
      el("span", { class: "chip chip-ready" }, icon("check"), words.correct(correct)),
      needed > 0 && el("span", { class: "chip chip-wait" }, icon("pencil"), words.needs_correction(needed)),
      unheard > 0 && el("span", { class: "chip chip-off" }, icon("speaker-off"), words.unheard(unheard)),
    );
  }
}
