// @ts-check
/** The voices: one hidden audio element for each audio slot, never moved, so that sound is never cut by the layout. */

import { el } from "./dom.js";

export class CallSound extends EventTarget {
  /** @param {HTMLElement} root */
  constructor(root) {
    super();
    this._root = root;
    /** @type {Map<string, HTMLAudioElement>} */
    this._elements = new Map();
    /** True when the browser refuses to play without a tap. */
    this.blocked = false;
  }

  /** @param {string} slot @param {MediaStream} stream */
  attach(slot, stream) {
    let audio = this._elements.get(slot);
    if (audio === undefined) {
      audio = el("audio", { autoplay: true, "data-slot": slot });
      this._elements.set(slot, audio);
      this._root.append(audio);
    }
    audio.srcObject = stream;
    this._play(audio);
  }

  /** To be called in a tap or key press. */
  unblock() {
    this.blocked = false;
    for (const audio of this._elements.values()) this._play(audio);
    this.dispatchEvent(new Event("change"));
  }

  clear() {
    for (const audio of this._elements.values()) audio.remove();
    this._elements.clear();
  }

  /** @param {HTMLAudioElement} audio */
  _play(audio) {
    audio.play().catch((error) => {
      if (!(error instanceof DOMException) || error.name !== "NotAllowedError" || this.blocked) return;
      this.blocked = true;
      this.dispatchEvent(new Event("change"));
    });
  }
}
