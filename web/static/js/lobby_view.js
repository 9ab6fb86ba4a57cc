// @ts-check
/** Waiting: to be admitted, for one's turn, or after the end. */

import { mySeat } from "./call_state.js";
import { showToggle } from "./device_check.js";
import { el, fill, icon, must, setText } from "./dom.js";
import { Picture } from "./picture.js";
import { TEXTS } from "./texts.js";

/** @typedef {import("./call_state.js").CallState} CallState */

export class LobbyView {
  /**
   * @param {Record<string, string>} urls
   * @param {(() => void) | null} onOpen opens the session, for those who may
   * @param {(device: "microphone" | "camera") => void} onToggle
   */
  constructor(urls, onOpen, onToggle) {
    this._urls = urls;
    this._onOpen = onOpen;
    this._actionsKey = "";
    this._title = must("#lobby-title", HTMLElement);
    this._body = must("#lobby-body", HTMLElement);
    this._turns = must("#lobby-turns", HTMLElement);
    this._who = must("#lobby-who", HTMLElement);
    this._actions = must("#lobby-actions", HTMLElement);
    this._own = must("#lobby-own", HTMLElement);
    this._picture = new Picture("tile-picture");
    must("#lobby-picture", HTMLElement).replaceWith(this._picture.element);
    this._microphone = must("#lobby-microphone", HTMLButtonElement);
    this._camera = must("#lobby-camera", HTMLButtonElement);
    this._microphone.onclick = () => onToggle("microphone");
    this._camera.onclick = () => onToggle("camera");
  }

  /** @param {CallState} state */
  showWaiting(state) {
    const me = mySeat(state);
    const stage = state.stage;
    const opens = stage?.phase === "lobby" && this._onOpen !== null;
    this._showActions(opens ? "open" : "", opens ? [openButton(/** @type {() => void} */ (this._onOpen))] : []);
    this._own.hidden = me === null;
    if (me === null || stage === null) {
      this._show(TEXTS.lobbyConnecting, "");
      return;
    }
    const admitted = me.place === "waiting";
    setText(this._who, `${me.name} · ${me.site}`);
    const closed = this._onOpen !== null ? TEXTS.lobbyMayOpen : TEXTS.lobbyNotOpen;
    const body = stage.phase === "lobby" ? closed : admitted ? TEXTS.lobbyWaiting : TEXTS.lobbyOpen;
    const title = opens ? TEXTS.lobbyReadyTitle : admitted ? TEXTS.lobbyWaitingTitle : TEXTS.lobbyTitle;
    this._show(title, body);
    const now = stage.turns.find((one) => one.turn === stage.turn);
    const mine = stage.turns.filter((one) => one.seats.includes(me.seat)).map((one) => one.number);
    const rows = [];
    if (now !== undefined) rows.push(TEXTS.lobbyTurnNow(now.number, stage.turns.length));
    if (mine.length > 0) rows.push(TEXTS.lobbyMyTurns(mine.join(", ")));
    setText(this._turns, rows.join(" · "));
  }

  /** The first attempts did not succeed; it goes on trying. @param {string} sentence */
  showConnecting(sentence) {
    this._show(TEXTS.lobbyConnecting, sentence);
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
    this._own.hidden = true;
    this._showActions("over", [
      again && el("button", { class: "button button-primary button-large", type: "button", onclick: again }, icon("enter"), TEXTS.enterAgain),
      el("a", { class: "button button-large", href: this._urls.session ?? "/" }, TEXTS.backToSession),
      el("a", { class: "button button-large", href: this._urls.home ?? "/" }, TEXTS.backHome),
    ]);
  }

  /**
   * One's own picture while waiting.
   * @param {MediaStream | null} stream
   * @param {{ microphone: boolean, camera: boolean }} open
   */
  showOwn(stream, open) {
    this._picture.show(stream, { owner: "me", words: TEXTS.previewOff, sign: "camera-off", visible: open.camera, mirrored: true });
    showToggle(this._microphone, open.microphone, "microphone");
    showToggle(this._camera, open.camera, "camera");
  }

  /** @param {string} key @param {(Node | null)[]} children */
  _showActions(key, children) {
    if (key === this._actionsKey) return;
    this._actionsKey = key;
    fill(this._actions, ...children);
  }

  /** @param {string} title @param {string} body */
  _show(title, body) {
    setText(this._title, title);
    setText(this._body, body);
  }
}

/** @param {() => void} act */
function openButton(act) {
  return el(
    "button",
    { class: "button button-primary button-huge", type: "button", "data-testid": "act-open", onclick: act },
    icon("play"),
    TEXTS.controls.open,
  );
}
