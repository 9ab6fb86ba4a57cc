// @ts-check
/** The secretary's side of the call page: the editor follows the running turn and the floor. */

import { runningTurn, seatOf, speakerOf } from "./call_state.js";
import { el, fill, must } from "./dom.js";
import { openEditor } from "./minutes_setup.js";
import { TEXTS } from "./texts.js";

/** @typedef {import("./call_state.js").CallState} CallState */

export class SecretaryDesk {
  /**
   * @param {object} options
   * @param {import("./api.js").Api} options.api
   * @param {import("./session_events.js").SessionEvents} options.events
   * @param {import("./page_data.js").PageData} options.data
   * @param {import("./notices.js").Notices} options.notices
   * @param {() => number | null} options.sessionTime
   */
  constructor({ api, events, data, notices, sessionTime }) {
    this._data = data;
    /** @type {import("./minutes_editor.js").MinutesEditor | null} */
    this._editor = null;
    /** @type {CallState | null} */
    this._state = null;
    /** The turn that ran last: lines about it are still written when it has ended. */
    this._last = "";
    fillShortcuts();
    void openEditor({ api, events, data, notices, sessionTime, mayWrite: true }).then(({ editor }) => {
      this._editor = editor;
      if (this._state !== null) this.follow(this._state);
    });
  }

  /** @param {CallState} state */
  follow(state) {
    this._state = state;
    if (this._editor === null) return;
    const running = runningTurn(state);
    const ended = state.stage?.turns.filter((one) => one.state === "ended") ?? [];
    if (running !== null) this._last = running.turn;
    else if (this._last === "" && ended.length > 0) this._last = ended[ended.length - 1].turn;
    const turns = (state.stage?.turns ?? []).map((one) => ({ turn: one.turn, number: one.number, code: this._codeOf(one.turn) }));
    this._editor.setTurn(turns.find((one) => one.turn === this._last) ?? null, turns);
    const people = state.seats.flatMap((seat) =>
      seat.people.filter((one) => !one.interpreter).map((one) => speaker(one.name, one.capacity, one.attendance, seat)),
    );
    const seated = state.seats.filter((one) => one.place === "room" && one.people.length === 0);
    const seats = seated.map((seat) => speaker(seat.name, TEXTS.roles[seat.role] ?? "", null, seat));
    const floor = seatOf(state, state.stage?.floor ?? null);
    const holder = floor === null ? null : speakerOf(floor);
    this._editor.setPeople(
      [...people, ...seats],
      floor === null
        ? null
        : {
            name: holder?.name ?? floor.name,
            attendance: holder?.attendance ?? null,
            interpreter: floor.people.some((one) => one.interpreter),
          },
    );
  }

  /** @param {string} turn */
  _codeOf(turn) {
    return this._data.session.turns?.find((one) => one.id === turn)?.case?.code ?? "";
  }
}

/**
 * @param {string} name
 * @param {string} capacity
 * @param {string | null} attendance
 * @param {import("./call_state.js").Seat} seat
 */
function speaker(name, capacity, attendance, seat) {
  return { name, capacity: capacity || seat.site, attendance, interpreter: seat.people.some((one) => one.interpreter) };
}

export function fillShortcuts() {
  const root = document.querySelector("#shortcuts");
  if (!(root instanceof HTMLElement)) return;
  fill(root, ...TEXTS.minutes.shortcutList.map(([words, key]) => el("div", {}, el("span", {}, words), el("kbd", { class: "key" }, key))));
  must("#shortcuts", HTMLElement).setAttribute("aria-label", TEXTS.minutes.shortcuts);
}
