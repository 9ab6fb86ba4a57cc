// @ts-check
/** The large picture and the bar that says who it is. */

import { speakerOf } from "./call_state.js";
import { el, fill, icon, must, setText } from "./dom.js";
import { duration, unbroken } from "./format.js";
import { Picture } from "./picture.js";
import { TEXTS } from "./texts.js";
import { coverOf, siteOf } from "./tile_view.js";

/**
 * @typedef {import("./call_state.js").CallState} CallState
 * @typedef {import("./call_state.js").Seat} Seat
 * @typedef {import("./layout.js").Arrangement} Arrangement
 */

export class StageView {
  constructor() {
    this._root = must("#stage-frame", HTMLElement);
    this._picture = new Picture("stage-picture");
    this._people = el("ul", { class: "plates" });
    this._picture.element.append(this._people);
    must("#stage-picture", HTMLElement).replaceWith(this._picture.element);
    this._name = must("#stage-name", HTMLElement);
    this._sub = must("#stage-sub", HTMLElement);
    this._time = must("#stage-time", HTMLElement);
    this._timeBox = must("#stage-time-box", HTMLElement);
    this._bar = must("#floor-bar", HTMLElement);
    this._key = "";
  }

  /**
   * @param {CallState} state
   * @param {Arrangement} arrangement
   * @param {MediaStream | null} stream
   */
  show(state, { large, why }, stream) {
    this._root.dataset.floor = String(why === "floor");
    this._root.dataset.lost = String(large !== null && !large.seat.connected);
    this._root.dataset.seat = large?.seat.seat ?? "";
    if (large === null) {
      this._picture.show(null, { owner: "", words: TEXTS.nobodyYet, sign: "users", visible: false });
    } else {
      this._picture.show(stream, { ...coverOf(large.seat, stream), owner: large.seat.seat, visible: large.seat.camera });
    }
    const key = JSON.stringify([large?.seat, why]);
    if (key === this._key) return;
    this._key = key;
    this._people.replaceChildren();
    this._bar.hidden = large === null;
    if (large === null) {
      setText(this._name, "");
      this._sub.replaceChildren();
      return;
    }
    this._showPlate(large.seat);
  }

  /** @param {CallState} state @param {number | null} sessionTime */
  tick(state, sessionTime) {
    const since = state.stage?.floor_since ?? null;
    const holds = state.stage?.floor !== null && state.stage?.floor === this._root.dataset.seat;
    const text = holds && since !== null && sessionTime !== null ? duration(sessionTime - since) : "";
    setText(this._time, text);
    this._timeBox.hidden = text === "";
  }

  /** @param {Seat} seat */
  _showPlate(seat) {
    const speaker = speakerOf(seat);
    const interpreters = seat.people.filter((one) => one.interpreter);
    setText(this._name, unbroken(speaker?.name ?? seat.name));
    const role = speaker?.capacity || TEXTS.roles[seat.role] || "";
    const place = siteOf(seat);
    fill(
      this._sub,
      el("strong", {}, place),
      role !== "" && role !== place && el("span", {}, role),
      interpreters.length > 0 && el("span", { class: "chip chip-now" }, icon("translate"), TEXTS.withInterpreter),
    );
    if (seat.people.length > 1) {
      fill(this._people, ...seat.people.map((one) => personPlate(one)));
    }
  }
}

/** @param {import("./call_state.js").Person} person */
function personPlate(person) {
  return el(
    "li",
    { class: "plate" },
    person.interpreter && icon("translate", "icon icon-small"),
    unbroken(person.interpreter ? `${TEXTS.interpreter}: ${person.name}` : person.name),
  );
}
