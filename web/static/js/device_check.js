// @ts-check
/** First step of the call page: see and hear oneself, choose devices, press one big button. */

import { toast } from "./dialogs.js";
import { el, fill, icon, must, setText } from "./dom.js";
import { LevelMeter } from "./level_meter.js";
import { Picture } from "./picture.js";
import { TEXTS } from "./texts.js";

/** @typedef {import("./local_media.js").LocalMedia} LocalMedia */

/** Above this the bar says that a voice was heard; a quiet room stays below. */
const HEARD_LEVEL = 0.35;

export class DeviceCheck {
  /**
   * @param {LocalMedia} media
   * @param {{ id: string, name: string, site: string }[]} seats seats this account may take
   * @param {(seat: string | null) => void} onEnter
   */
  constructor(media, seats, onEnter) {
    this._media = media;
    this._root = must("#step-devices", HTMLElement);
    this._picture = new Picture("preview-picture");
    must("#preview", HTMLElement).replaceChildren(this._picture.element);
    this._level = must("#level-bar", HTMLElement);
    this._levelText = must("#level-text", HTMLElement);
    this._heard = false;
    this._meter = new LevelMeter((level) => this._showLevel(level));
    /** @type {MediaStreamTrack | null} */
    this._metered = null;
    /** @type {MediaStreamTrack | null} */
    this._previewed = null;
    /** @type {MediaStream | null} */
    this._stream = null;
    this._microphones = must("#choose-microphone", HTMLSelectElement);
    this._cameras = must("#choose-camera", HTMLSelectElement);
    this._problems = must("#device-problems", HTMLElement);
    this._enter = must("#enter", HTMLButtonElement);
    this._seat = must("#choose-seat", HTMLSelectElement);
    this._fillSeats(seats);
    this._toggles = {
      microphone: must("#check-microphone", HTMLButtonElement),
      camera: must("#check-camera", HTMLButtonElement),
    };
    this._toggles.microphone.onclick = () => media.setOpen({ microphone: !media.wanted.microphone });
    this._toggles.camera.onclick = () => media.setOpen({ camera: !media.wanted.camera });
    this._microphones.onchange = () => void media.chooseMicrophone(this._microphones.value);
    this._cameras.onchange = () => void media.chooseCamera(this._cameras.value);
    this._enter.onclick = () => onEnter(seats.length > 0 ? this._seat.value : null);
    this._onChange = () => this.render();
    media.addEventListener("change", this._onChange);
    this.render();
  }

  /** The step is over: nothing of it runs any more. */
  stop() {
    this._media.removeEventListener("change", this._onChange);
    this._meter.stop();
  }

  render() {
    const { audio, video, wanted, problems } = this._media;
    if (audio !== this._metered) {
      this._metered = audio;
      this._heard = false;
      this._meter.listen(audio);
    }
    if (video !== this._previewed) {
      this._previewed = video;
      this._stream = video === null ? null : new MediaStream([video]);
    }
    this._picture.show(this._stream, {
      owner: "me",
      words: wanted.camera ? TEXTS.previewNone : TEXTS.previewOff,
      sign: "camera-off",
      visible: wanted.camera,
      mirrored: true,
    });
    fillChoice(this._microphones, this._media.microphones, this._media.microphoneId);
    fillChoice(this._cameras, this._media.cameras, this._media.cameraId);
    showToggle(this._toggles.microphone, wanted.microphone && audio !== null, "microphone");
    showToggle(this._toggles.camera, wanted.camera && video !== null, "camera");
    this._showProblems(problems);
    this._root.dataset.ready = "true";
  }

  /** @param {{ id: string, name: string, site: string }[]} seats */
  _fillSeats(seats) {
    must("#seat-field", HTMLElement).hidden = seats.length < 2;
    fill(this._seat, ...seats.map((one) => el("option", { value: one.id }, `${one.name} · ${one.site}`)));
  }

  /** @param {number} level */
  _showLevel(level) {
    const open = this._media.open.microphone;
    this._level.style.setProperty("transform", `scaleX(${open ? level : 0})`);
    if (open && level > HEARD_LEVEL) this._heard = true;
    setText(this._levelText, open ? (this._heard ? TEXTS.levelHeard : TEXTS.levelQuiet) : TEXTS.levelClosed);
  }

  /** @param {LocalMedia["problems"]} problems */
  _showProblems(problems) {
    const rows = [];
    const same = problems.microphone === problems.camera && problems.microphone !== "missing";
    if (problems.microphone !== "none") {
      rows.push(problemCard(same ? `${TEXTS.microphone}, ${TEXTS.camera.toLowerCase()}` : TEXTS.microphone, problems.microphone));
    }
    if (problems.camera !== "none" && !same) rows.push(problemCard(TEXTS.camera, problems.camera));
    if (rows.length > 0) {
      const unsupported = problems.microphone === "unsupported";
      rows.push(
        el(
          "button",
          { class: "button", type: "button", onclick: () => (unsupported ? void copyAddress() : void this._media.recover()) },
          icon(unsupported ? "copy" : "reload"),
          unsupported ? TEXTS.copyLink : TEXTS.retry,
        ),
      );
    }
    const text = JSON.stringify(problems);
    if (this._problems.dataset.shown === text) return;
    this._problems.dataset.shown = text;
    fill(this._problems, ...rows);
  }
}

/** @param {string} what @param {import("./local_media.js").DeviceProblem} problem */
function problemCard(what, problem) {
  return el(
    "div",
    { class: "message message-wait" },
    icon("warning"),
    el("div", {}, el("strong", {}, what), el("p", {}, TEXTS.problem[problem])),
  );
}

/** @param {HTMLSelectElement} select @param {MediaDeviceInfo[]} devices @param {string} current */
function fillChoice(select, devices, current) {
  const key = JSON.stringify([devices.map((one) => [one.deviceId, one.label]), current]);
  if (select.dataset.key === key) return;
  select.dataset.key = key;
  fill(select, ...devices.map((one, n) => el("option", { value: one.deviceId }, one.label || `${n + 1}`)));
  if (devices.length === 0) fill(select, el("option", { value: "" }, TEXTS.noDevice));
  else if (devices.some((one) => one.deviceId === current)) select.value = current;
  select.disabled = devices.length === 0;
}

/** @param {HTMLButtonElement} button @param {boolean} on @param {"microphone" | "camera"} device */
export function showToggle(button, on, device) {
  const key = `${on}`;
  if (button.dataset.on === key) return;
  button.dataset.on = key;
  button.setAttribute("aria-pressed", key);
  const words =
    device === "microphone"
      ? on
        ? TEXTS.controls.microphoneOn
        : TEXTS.controls.microphoneOff
      : on
        ? TEXTS.controls.cameraOn
        : TEXTS.controls.cameraOff;
  const sign = device === "microphone" ? (on ? "mic" : "mic-off") : on ? "camera" : "camera-off";
  fill(button, icon(sign), el("span", {}, words));
}

async function copyAddress() {
  await navigator.clipboard?.writeText(location.href).catch(() => undefined);
  toast(TEXTS.linkCopied);
}
