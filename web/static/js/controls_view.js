// @ts-check
/** The row at the foot: own devices, the conductor's acts, help and leave. A word stands under every sign. */

import { conducts, mySeat } from "./call_state.js";
import { conductorActions } from "./conducting.js";
import { showToggle } from "./device_check.js";
import { el, fill, icon, must } from "./dom.js";
import { TEXTS } from "./texts.js";

/**
 * @typedef {import("./call_state.js").CallState} CallState
 * @typedef {import("./conducting.js").Action} Action
 */

export class ControlsView {
  /**
   * @param {object} on
   * @param {() => void} on.microphone
   * @param {() => void} on.camera
   * @param {() => void} on.hand
   * @param {() => void} on.consent
   * @param {() => void} on.leave
   * @param {(action: Action) => void} on.conduct
   */
  constructor(on) {
    this._on = on;
    this._own = must("#controls-own", HTMLElement);
    this._middle = must("#controls-middle", HTMLElement);
    this._right = must("#controls-right", HTMLElement);
    this._microphone = control("toggle-microphone", on.microphone);
    this._camera = control("toggle-camera", on.camera);
    this._hand = control("hand", on.hand);
    this._own.replaceChildren(this._microphone, this._camera, this._hand);
    this._consent = control("consent", on.consent);
    fill(this._consent, icon("shield"), el("span", {}, TEXTS.controls.consent));
    this._screen = control("full-screen", toggleFullScreen);
    const leave = control("leave", on.leave);
    leave.classList.add("control-danger");
    fill(leave, icon("leave"), el("span", {}, TEXTS.controls.leave));
    this._right.replaceChildren(this._consent, this._screen, leave);
    document.addEventListener("fullscreenchange", () => this._showScreen());
    this._showScreen();
    this._key = "";
  }

  /**
   * @param {CallState} state
   * @param {{ microphone: boolean, camera: boolean }} open
   * @param {boolean} recorded
   * @param {number} waiting people who were not asked about recording yet
   */
  show(state, open, recorded, waiting) {
    const me = mySeat(state);
    showToggle(this._microphone, open.microphone, "microphone");
    showToggle(this._camera, open.camera, "camera");
    this._microphone.classList.toggle("is-off", !open.microphone);
    this._camera.classList.toggle("is-off", !open.camera);
    this._showHand(me);
    this._consent.hidden = !recorded || me === null;
    const actions = conducts(me) ? conductorActions(state, recorded, waiting) : [];
    const key = JSON.stringify(actions);
    if (key === this._key) return;
    this._key = key;
    fill(this._middle, ...actions.map((one) => this._conductor(one)));
  }

  /** @param {import("./call_state.js").Seat | null} me */
  _showHand(me) {
    this._hand.hidden = me === null || conducts(me);
    const raised = me?.hand_raised_at !== null && me !== null;
    if (this._hand.dataset.on === String(raised)) return;
    this._hand.dataset.on = String(raised);
    this._hand.classList.toggle("is-raised", raised);
    fill(this._hand, icon("hand"), el("span", {}, raised ? TEXTS.controls.handDown : TEXTS.controls.hand));
  }

  /** @param {Action} action */
  _conductor(action) {
    const button = el("button", {
      class: action.primary ? "control control-primary" : "control",
      type: "button",
      "data-testid": `act-${action.act}`,
      disabled: action.disabled !== "",
      title: action.disabled || undefined,
      onclick: () => this._on.conduct(action),
    });
    if (action.primary) {
      fill(
        button,
        icon(action.sign, "icon icon-large"),
        el("span", { class: "button-text" }, el("strong", {}, action.label), action.hint !== "" && el("small", {}, action.hint)),
      );
    } else fill(button, icon(action.sign), el("span", {}, action.label));
    return button;
  }

  _showScreen() {
    const full = document.fullscreenElement !== null;
    fill(
      this._screen,
      icon(full ? "full-screen-exit" : "full-screen"),
      el("span", {}, full ? TEXTS.controls.fullScreenExit : TEXTS.controls.fullScreen),
    );
  }
}

/** @param {string} id @param {() => void} act */
function control(id, act) {
  return el("button", { class: "control", type: "button", "data-testid": id, onclick: () => act() });
}

function toggleFullScreen() {
  if (document.fullscreenElement !== null) void document.exitFullscreen().catch(() => undefined);
  else void document.documentElement.requestFullscreen().catch(() => undefined);
}
