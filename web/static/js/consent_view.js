// @ts-check
/** Being recorded: conductors ask those who were not asked yet; a person at a seat can withdraw at any time. */

import { mySeat } from "./call_state.js";
import { chosen, toast, told } from "./dialogs.js";
import { el, fill, icon, must } from "./dom.js";
import { TEXTS } from "./texts.js";

/**
 * @typedef {import("./call_state.js").CallState} CallState
 * @typedef {ReturnType<typeof import("./call_state.js").undecided>[number]} Waiting
 */

const CHOICES = /** @type {const} */ (["audio_video", "voice", "none"]);

export class ConsentView {
  /**
   * @param {object} options
   * @param {(attendance: string, choice: string) => Promise<void>} options.record tells the hub; rejects with a sentence
   * @param {(attendance: string) => Promise<void>} options.withdraw tells the node, at once
   * @param {boolean} options.mayRecord
   * @param {string} options.checkIn address of the check-in page, empty when there is none for this account
   */
  constructor({ record, withdraw, mayRecord, checkIn }) {
    this._record = record;
    this._withdraw = withdraw;
    this._mayRecord = mayRecord;
    this._checkIn = checkIn;
    this._panel = must("#consent-panel", HTMLElement);
    this._key = "";
  }

  /** @param {Waiting[]} waiting */
  show(waiting) {
    const key = JSON.stringify(waiting);
    if (key === this._key) return;
    this._key = key;
    this._panel.hidden = waiting.length === 0;
    if (waiting.length === 0) {
      this._panel.replaceChildren();
      return;
    }
    fill(
      this._panel,
      el("div", { class: "card-head" }, el("h2", {}, icon("shield", "icon icon-small"), ` ${TEXTS.consent.panelTitle(waiting.length)}`)),
      el(
        "div",
        { class: "side-scroll consent-list" },
        el("p", { class: "hint" }, this._mayRecord ? TEXTS.consent.panelHint : TEXTS.consent.panelHintOthers),
        ...waiting.map((one) => this._row(one)),
        this._checkIn !== "" && el("a", { class: "small", href: this._checkIn, target: "_blank" }, TEXTS.consent.toCheckIn),
      ),
    );
  }

  /** The button of the row of controls. @param {CallState} state */
  async open(state) {
    const me = mySeat(state);
    const people = me?.people ?? [];
    if (people.length === 0) {
      await told(TEXTS.consent.title, [el("p", {}, TEXTS.consent.nobody)]);
      return;
    }
    const options = people.map((person) => ({
      value: person,
      label: person.name,
      hint: `${TEXTS.consent.choice[/** @type {keyof typeof TEXTS.consent.choice} */ (person.consent)]} · ${TEXTS.consent.withdraw}`,
      sign: "record-off",
    }));
    const person = await chosen({ title: TEXTS.consent.title, options });
    if (person === null) return;
    try {
      await this._withdraw(person.attendance);
      toast(TEXTS.consent.withdrawn(person.name));
    } catch (error) {
      toast(/** @type {Error} */ (error).message);
    }
  }

  /** @param {Waiting} person */
  _row(person) {
    const words = [person.capacity, person.place].filter((one) => one !== "").join(" · ");
    return el(
      "div",
      { class: "consent-row", "data-attendance": person.attendance, "data-testid": "consent-row" },
      el("div", {}, el("strong", { class: "name" }, person.name), el("small", { class: "ink-2" }, ` ${words}`)),
      this._mayRecord &&
        el(
          "div",
          { class: "chips" },
          ...CHOICES.map((choice) =>
            el(
              "button",
              {
                class: "button button-small",
                type: "button",
                "data-testid": `consent-${choice}`,
                onclick: () => void this._take(person, choice),
              },
              TEXTS.consent.choice[choice],
            ),
          ),
        ),
    );
  }

  /** @param {Waiting} person @param {string} choice */
  async _take(person, choice) {
    try {
      await this._record(person.attendance, choice);
    } catch (error) {
      toast(/** @type {Error} */ (error).message);
    }
  }
}
