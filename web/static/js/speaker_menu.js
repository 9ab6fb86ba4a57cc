// @ts-check
/** The menu of speakers that `@` opens under the typing line: arrows, Enter, or go on typing a name. */

import { el, fill } from "./dom.js";
import { folded } from "./format.js";
import { TEXTS } from "./texts.js";

/** @typedef {{ name: string, capacity: string, attendance: string | null, interpreter: boolean }} Speaker */

export class SpeakerMenu {
  /**
   * @param {HTMLTextAreaElement} field the field whose words open the menu
   * @param {() => Speaker[]} people
   * @param {(speaker: Speaker) => void} onChoose
   */
  constructor(field, people, onChoose) {
    this._field = field;
    this._people = people;
    this._onChoose = onChoose;
    this.element = el("ul", { class: "menu", role: "listbox", id: "speaker-menu", "aria-label": TEXTS.minutes.speaker, hidden: true });
    field.setAttribute("aria-controls", "speaker-menu");
    /** @type {Speaker[]} */
    this._shown = [];
    this._at = 0;
  }

  get isOpen() {
    return !this.element.hidden;
  }

  /** @param {string} query */
  open(query) {
    const wanted = folded(query.trim());
    this._shown = this._people().filter((one) => folded(one.name).includes(wanted));
    if (query.trim() !== "" && !this._shown.some((one) => folded(one.name) === wanted)) {
      this._shown.push({ name: query.trim(), capacity: "", attendance: null, interpreter: false });
    }
    this._at = 0;
    this.element.hidden = this._shown.length === 0;
    this._render();
  }

  close() {
    this.element.hidden = true;
    this._field.removeAttribute("aria-activedescendant");
  }

  /** @param {KeyboardEvent} event @returns {boolean} true: the key was for the menu */
  key(event) {
    if (!this.isOpen) return false;
    if (event.key === "ArrowDown") this._move(1);
    else if (event.key === "ArrowUp") this._move(-1);
    else if (event.key === "Enter" || event.key === "Tab") this._choose(this._at);
    else if (event.key === "Escape") this.close();
    else return false;
    event.preventDefault();
    return true;
  }

  /** @param {number} by */
  _move(by) {
    this._at = (this._at + by + this._shown.length) % this._shown.length;
    this._render();
  }

  /** @param {number} at */
  _choose(at) {
    const speaker = this._shown[at];
    this.close();
    if (speaker !== undefined) this._onChoose(speaker);
  }

  _render() {
    fill(
      this.element,
      ...this._shown.map((one, n) =>
        el(
          "li",
          {
            role: "option",
            id: `speaker-${n}`,
            "aria-selected": String(n === this._at),
            onmousedown: (/** @type {MouseEvent} */ event) => {
              event.preventDefault();
              this._choose(n);
            },
          },
          el("strong", {}, one.attendance === null && one.capacity === "" ? TEXTS.minutes.otherSpeaker(one.name) : one.name),
          one.capacity !== "" && el("small", { class: "ink-2" }, ` ${one.capacity}`),
        ),
      ),
    );
    this._field.setAttribute("aria-activedescendant", `speaker-${this._at}`);
    this.element.children[this._at]?.scrollIntoView({ block: "nearest" });
  }
}
