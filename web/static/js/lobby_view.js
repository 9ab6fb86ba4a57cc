// @ts-check
/** Waiting: to be admitted, for one's turn, or after the end. */

import { mySeat } from "./call_state.js";
import { el, fill, icon, must, setText } from "./dom.js";
import { TEXTS } from "./texts.js";

/** @typedef {import("./call_state.js").CallState} CallState */

export class LobbyView {
  /** @param {Record<string, string>} urls */
  constructor(urls) {
    this._urls = urls;
    this._title = must("#lobby-title", HTMLElement);
    this._body = must("#lobby-body", HTMLElement);
    this._turns = must("#lobby-turns", HTMLElement);
    this._who = must("#lobby-who", HTMLElement);
    this._actions = must("#lobby-actions", HTMLElement);
  }

  /** @param {CallState} state */
  showWaiting(state) {
    const me = mySeat(state);
    const stage = state.stage;
    this._actions.replaceChildren();
    if (me === null || stage === null) {
      this._show(TEXTS.lobbyConnecting, "");
      return;
    }
    const admitted = me.place === "waiting";
    setText(this._who, `${me.name} · ${me.site}`);
    const body = stage.phase === "lobby" ? TEXTS.lobbyNotOpen : admitted ? TEXTS.lobbyWaiting : TEXTS.lobbyOpen;
    this._show(admitted ? TEXTS.lobbyWaitingTitle : TEXTS.lobbyTitle, body);
    const now = stage.turns.find((one) => one.turn === stage.turn);
    const mine = stage.turns.filter((one) => one.seats.includes(me.seat)).map((one) => one.number);
    const rows = [];
    if (now !== undefined) rows.push(TEXTS.lobbyTurnNow(now.number, stage.turns.length));
    if (mine.length > 0) rows.push(TEXTS.lobbyMyTurns(mine.join(", ")));
    setText(this._turns, rows.join(" · "));
  }

  /**
   * The seat is gone for good on this page.
   * @param {string} title
   * @param {string} body
   * @param {(() => void) | null} again
   */
  showOver(title, body, again) {
    this._show(title, body);
    setText(this._turns, "");
    fill(
      this._actions,
      again && el("button", { class: "button button-primary button-large", type: "button", onclick: again }, icon("enter"), TEXTS.enterAgain),
      el("a", { class: "button button-large", href: this._urls.session ?? "/" }, TEXTS.backToSession),
      el("a", { class: "button button-large", href: this._urls.home ?? "/" }, TEXTS.backHome),
    );
  }

  /** @param {string} title @param {string} body */
  _show(title, body) {
    setText(this._title, title);
    setText(this._body, body);
  }
}
