// @ts-check
/** What a conductor's button does: asks where it matters, then tells the node (or the hub, to open the session). */

import { seatOf, speakerOf } from "./call_state.js";
import { chosen, confirmed, toast, written } from "./dialogs.js";
import { TEXTS } from "./texts.js";
import { siteOf } from "./tile_view.js";

/**
 * @typedef {import("./call_state.js").CallState} CallState
 * @typedef {import("./call_state.js").Seat} Seat
 * @typedef {import("./conducting.js").Action} Action
 */

export class Conductor {
  /**
   * @param {object} options
   * @param {(type: string, fields: Record<string, any>) => Promise<any>} options.ask
   * @param {import("./api.js").Api} options.api
   * @param {string} options.session
   * @param {() => CallState | null} options.state
   */
  constructor({ ask, api, session, state }) {
    this._ask = ask;
    this._api = api;
    this._session = session;
    this._state = state;
  }

  /** @param {Action} action */
  async act(action) {
    try {
      await this._carryOut(action);
    } catch (error) {
      toast(/** @type {Error} */ (error).message);
    }
  }

  /** @param {"admit" | "give-floor" | "mute-seat" | "send-back"} act @param {Seat} seat */
  async actOnSeat(act, seat) {
    try {
      await this._ask(act, { seat: seat.seat });
    } catch (error) {
      toast(/** @type {Error} */ (error).message);
    }
  }

  /** @param {Action} action */
  async _carryOut(action) {
    switch (action.act) {
      case "open":
        await this._api.post(`/sessions/${this._session}/open`);
        return;
      case "start-turn":
        await this._ask("start-turn", { turn: action.target });
        return;
      case "announce":
        if (await this._sure("announce")) await this._ask("announce-recording", {});
        return;
      case "give-floor":
        await this._giveFloor(action.target);
        return;
      case "pause":
        await this._pause();
        return;
      case "resume":
        await this._ask("resume-turn", {});
        return;
      case "end-turn":
        if (await this._sureToEnd(action.target)) await this._ask("end-turn", {});
        return;
      case "close-session":
        if (await this._sure("close", true)) await this._ask("close-session", {});
    }
  }

  /** @param {"announce" | "close"} what @param {boolean} [danger] */
  _sure(what, danger = false) {
    const words = TEXTS.dialog;
    return what === "announce"
      ? confirmed({ title: words.announceTitle, body: words.announceBody, confirm: words.announceConfirm, danger })
      : confirmed({ title: words.closeTitle, body: words.closeBody, confirm: words.closeConfirm, danger });
  }

  /** @param {string | null} turn */
  _sureToEnd(turn) {
    const number = this._state()?.stage?.turns.find((one) => one.turn === turn)?.number ?? 0;
    const words = TEXTS.dialog;
    return confirmed({ title: words.endTurnTitle(number), body: words.endTurnBody, confirm: words.endTurnConfirm, danger: true });
  }

  /** @param {string | null} raised the seat whose hand has been up longest */
  async _giveFloor(raised) {
    if (raised !== null) {
      await this._ask("give-floor", { seat: raised });
      return;
    }
    const state = this._state();
    if (state === null) return;
    const floor = state.stage?.floor ?? null;
    const options = state.seats
      .filter((one) => one.place === "room" && one.seat !== floor)
      .map((seat) => ({ value: { seat: /** @type {string | null} */ (seat.seat) }, label: speakerOf(seat)?.name ?? seat.name, hint: siteOf(seat), sign: "user" }));
    if (seatOf(state, floor) !== null) {
      options.push({ value: { seat: null }, label: TEXTS.dialog.floorNobody, hint: TEXTS.dialog.floorNobodyHint, sign: "dash" });
    }
    const answer = await chosen({ title: TEXTS.dialog.floorTitle, options });
    if (answer !== null) await this._ask("give-floor", answer);
  }

  async _pause() {
    const reason = await written({
      title: TEXTS.dialog.pauseTitle,
      label: TEXTS.dialog.pauseLabel,
      confirm: TEXTS.dialog.pauseConfirm,
      suggestions: TEXTS.dialog.pauseReasons,
      value: TEXTS.dialog.pauseReasons[0],
    });
    if (reason !== null) await this._ask("pause-turn", { reason });
  }
}
