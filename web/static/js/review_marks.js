// @ts-check
/** The reviewer's marks on lines: right, needs correction, another place in the recording; and the end of the review. */

import { confirmed, toast, written } from "./dialogs.js";
import { TEXTS } from "./texts.js";

/** @typedef {"correct" | "needs_correction" | "anchor"} Mark */

export class ReviewMarks {
  /**
   * @param {object} options
   * @param {import("./api.js").Api} options.api
   * @param {import("./minutes_book.js").MinutesBook} options.book
   * @param {string} options.turn
   * @param {boolean} options.mayReview
   * @param {() => number | null} options.now session time of what is heard, seconds
   * @param {(id: string, anchor: number) => void} options.onMoved
   */
  constructor({ api, book, turn, mayReview, now, onMoved }) {
    this._api = api;
    this._book = book;
    this._turn = turn;
    this._mayReview = mayReview;
    this._now = now;
    this._onMoved = onMoved;
  }

  get allowed() {
    return this._mayReview && this._book.state !== "reviewed";
  }

  /** @param {string} id @param {Mark} mark */
  async act(id, mark) {
    const line = this._book.line(id);
    if (line === undefined || !this.allowed) return;
    try {
      if (mark === "anchor") await this._move(line);
      else await this._check(line, mark);
    } catch (error) {
      const { code, message } = /** @type {any} */ (error);
      toast(code === "LINE_CHANGED_ELSEWHERE" ? TEXTS.review.changedElsewhere : message);
      void this._book.load();
    }
  }

  async signOff() {
    const words = TEXTS.review;
    if (!(await confirmed({ title: words.signOffTitle, body: words.signOffBody, confirm: words.signOff }))) return;
    try {
      await this._api.post(`/turns/${this._turn}/sign-off`);
    } catch (error) {
      toast(/** @type {Error} */ (error).message);
    }
    await this._book.load();
  }

  /** @param {any} line */
  async _move(line) {
    const anchor = this._now();
    if (anchor === null) return;
    this._book.take(await this._api.post(`/lines/${line.id}/anchor`, { anchor, version: line.version }));
    this._onMoved(line.id, anchor);
  }

  /** @param {any} line @param {"correct" | "needs_correction"} check */
  async _check(line, check) {
    let note = "";
    if (check === "needs_correction") {
      const text = await written({
        title: TEXTS.review.needsCorrection,
        label: TEXTS.review.noteLabel,
        confirm: TEXTS.review.noteSave,
        value: line.check_note,
        optional: true,
      });
      if (text === null) return;
      note = text;
    }
    this._book.take(await this._api.post(`/lines/${line.id}/check`, { check, note, version: line.version }));
  }
}
