// @ts-check
/** A place for a moving picture, with words in its stead while there is none. */

import { el, icon, setText } from "./dom.js";

/** A picture of the seat shown before may still be on its way for so long after the slot has changed hands. Seconds. */
const SETTLING_TIME = 0.25;

export class Picture {
  /** @param {string} className */
  constructor(className) {
    this.video = el("video", { muted: true, autoplay: true, playsinline: true, tabindex: "-1" });
    this.video.disablePictureInPicture = true;
    this._words = el("span");
    this._sign = el("span");
    this._cover = el("div", { class: "no-picture" }, this._sign, this._words);
    this.element = el("div", { class: className }, this.video, this._cover);
    /** @type {MediaStream | null} */
    this._stream = null;
    this._owner = "";
    this._seen = false;
    this._serial = 0;
  }

  /**
   * @param {MediaStream | null} stream
   * @param {object} options
   * @param {string} options.owner whose picture it is: after a change of owner nothing is shown until a picture of the new one comes
   * @param {string} options.words shown while there is no picture
   * @param {string} options.sign
   * @param {boolean} options.visible the owner's camera is open
   * @param {boolean} [options.mirrored] one's own picture, as in a mirror
   */
  show(stream, { owner, words, sign, visible, mirrored = false }) {
    const changed = stream !== this._stream || owner !== this._owner;
    if (changed) {
      this._stream = stream;
      this._owner = owner;
      this._seen = false;
      this.video.srcObject = stream;
      if (stream !== null) {
        void this.video.play().catch(() => undefined);
        this._awaitFrame();
      }
    }
    this.video.classList.toggle("own", mirrored);
    setText(this._words, words);
    if (this._sign.dataset.sign !== sign) {
      this._sign.dataset.sign = sign;
      this._sign.replaceChildren(icon(sign));
    }
    this._visible = visible;
    this._refresh();
  }

  _refresh() {
    const shown = this._stream !== null && this._visible === true && this._seen;
    this.element.classList.toggle("has-picture", shown);
  }

  _awaitFrame() {
    const serial = ++this._serial;
    const since = performance.now();
    const seen = () => {
      if (serial !== this._serial) return;
      if (performance.now() - since < SETTLING_TIME * 1000) {
        next();
        return;
      }
      this._seen = true;
      this._refresh();
    };
    const next = () => {
      if (typeof this.video.requestVideoFrameCallback === "function") this.video.requestVideoFrameCallback(seen);
      else this.video.addEventListener("timeupdate", seen, { once: true });
    };
    next();
  }
}
