// @ts-check
/** Who is in the room, who waits for a later turn, who waits at the door; conductors act from here. */

import { conducts, mySeat, runningTurn, speakerOf } from "./call_state.js";
import { el, fill, icon, must, setText } from "./dom.js";
import { clockTime, unbroken } from "./format.js";
import { TEXTS } from "./texts.js";
import { siteOf } from "./tile_view.js";

/**
 * @typedef {import("./call_state.js").CallState} CallState
 * @typedef {import("./call_state.js").Seat} Seat
 * @typedef {"admit" | "give-floor" | "mute-seat" | "send-back"} SeatAct
 */

export class PeopleView {
  /**
   * @param {(act: SeatAct, seat: Seat) => void} onAct
   * @param {(sessionTime: number) => number | null} wallTime Unix seconds of a session time
   */
  constructor(onAct, wallTime) {
    this._onAct = onAct;
    this._wallTime = wallTime;
    this._list = must("#people-list", HTMLElement);
    this._head = must("#people-turn", HTMLElement);
    this._opened = "";
    this._key = "";
  }

  /** @param {CallState} state */
  show(state) {
    const turn = runningTurn(state);
    const all = state.stage?.turns.length ?? 0;
    setText(this._head, turn === null ? TEXTS.noTurn : TEXTS.turnOf(turn.number, all));
    const key = JSON.stringify([state.seats, state.stage?.floor, state.stage?.turn, state.me, this._opened]);
    if (key === this._key) return;
    this._key = key;
    const focused = document.activeElement?.closest("[data-row]")?.getAttribute("data-row") ?? "";
    this._render(state);
    if (focused !== "") {
      const again = this._list.querySelector(`[data-row="${CSS.escape(focused)}"] button`);
      if (again instanceof HTMLElement) again.focus({ preventScroll: true });
    }
  }

  /** @param {CallState} state */
  _render(state) {
    const conductor = conducts(mySeat(state));
    const of = (/** @type {string} */ place) => state.seats.filter((one) => one.place === place);
    const lobby = conductor ? of("lobby").filter((one) => one.connected) : [];
    const groups = [];
    if (conductor && lobby.length > 0) groups.push(this._lobbyGroup(state, lobby));
    groups.push(this._group(TEXTS.people.room, of("room"), state, conductor));
    const waiting = of("waiting").filter((one) => one.seat !== state.me);
    if (waiting.length > 0) groups.push(this._group(TEXTS.people.waiting, waiting, state, conductor));
    fill(this._list, ...groups);
  }

  /** @param {CallState} state @param {Seat[]} lobby */
  _lobbyGroup(state, lobby) {
    const rows = lobby.map((seat) =>
      el(
        "li",
        { class: "people-row is-lobby", "data-row": seat.seat, "data-seat": seat.seat, "data-testid": "lobby-row" },
        el("span", { class: "row-main" }, el("strong", { class: "name" }, unbroken(seat.name)), el("small", {}, seat.site)),
        el(
          "button",
          { class: "button button-small", type: "button", "data-testid": "admit", onclick: () => this._onAct("admit", seat) },
          TEXTS.people.admit,
        ),
      ),
    );
    const all = () => lobby.forEach((seat) => this._onAct("admit", seat));
    return el(
      "section",
      { class: "people-group people-lobby" },
      el(
        "h3",
        {},
        icon("clock", "icon icon-small"),
        `${TEXTS.people.lobby} (${lobby.length})`,
        lobby.length > 1 &&
          el("button", { class: "button button-small button-plain", type: "button", onclick: all }, TEXTS.people.admitAll),
      ),
      el("ul", { class: "order" }, ...rows),
    );
  }

  /** @param {string} title @param {Seat[]} seats @param {CallState} state @param {boolean} conductor */
  _group(title, seats, state, conductor) {
    const rows = seats.map((seat, n) => this._row(seat, n + 1, state, conductor));
    return el("section", { class: "people-group" }, el("h3", {}, `${title} (${seats.length})`), el("ul", { class: "order" }, ...rows));
  }

  /** @param {Seat} seat @param {number} number @param {CallState} state @param {boolean} conductor */
  _row(seat, number, state, conductor) {
    const speaking = seat.seat === state.stage?.floor;
    const mine = seat.seat === state.me;
    const opened = conductor && this._opened === seat.seat;
    const body = [
      el("span", { class: "number-box" }, String(number)),
      el(
        "span",
        { class: "row-main" },
        el("strong", { class: "name" }, unbroken(speakerOf(seat)?.name ?? seat.name)),
        el("small", {}, mine ? `${siteOf(seat)} · ${TEXTS.people.you}` : siteOf(seat)),
      ),
      this._state(seat, speaking),
    ];
    const row = conductor
      ? el(
          "button",
          {
            class: "people-open",
            type: "button",
            "aria-expanded": String(opened),
            onclick: () => {
              this._opened = opened ? "" : seat.seat;
              this._key = "";
              this.show(state);
            },
          },
          ...body,
        )
      : el("div", { class: "people-open" }, ...body);
    return el(
      "li",
      { class: speaking ? "people-item row-now" : "people-item", "data-row": seat.seat, "data-seat": seat.seat, "data-testid": "people-row" },
      row,
      opened && this._acts(seat, mine, speaking),
    );
  }

  /** @param {Seat} seat @param {boolean} speaking */
  _state(seat, speaking) {
    if (!seat.connected) return el("span", { class: "chip chip-danger" }, icon("warning"), "Mất kết nối");
    if (seat.hand_raised_at !== null) {
      const at = this._wallTime(seat.hand_raised_at);
      const title = at === null ? undefined : TEXTS.people.handAt(clockTime(at));
      return el("span", { class: "chip chip-wait", title }, icon("hand"), TEXTS.foot.hand);
    }
    if (speaking) return el("span", { class: "order-state" }, TEXTS.speaking);
    if (seat.place === "room" && !seat.microphone) {
      return el("span", { class: "order-state" }, icon("mic-off", "icon icon-small"), TEXTS.foot.muted);
    }
    return el("span", { class: "order-state" });
  }

  /** @param {Seat} seat @param {boolean} mine @param {boolean} speaking */
  _acts(seat, mine, speaking) {
    const button = (/** @type {SeatAct} */ act, /** @type {string} */ words) =>
      el(
        "button",
        { class: "button button-small", type: "button", "data-testid": act, onclick: () => this._onAct(act, seat) },
        words,
      );
    return el(
      "div",
      { class: "people-acts" },
      seat.place === "room" && !speaking && button("give-floor", TEXTS.people.giveFloor),
      seat.place === "room" && seat.microphone && !mine && button("mute-seat", TEXTS.people.mute),
      !conducts(seat) && button("send-back", TEXTS.people.sendBack),
    );
  }
}
