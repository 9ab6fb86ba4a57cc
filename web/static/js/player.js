// @ts-check
/**
 * Plays the files of a recording in step: one media element for each seat, all following one clock. Nothing is played until
 * every element that has something at that place can play.
 *
 * Events: `change` (playing, buffering, rate or a seek), `end`.
 *
 * @typedef {{ id: string, seat: string, name: string, site: string, url: string, has_audio: boolean, has_video: boolean,
 *   intervals: [number, number][] }} MediaFile
 */

import { el } from "./dom.js";
import { correction, PlayClock } from "./play_clock.js";

/** How often elements are compared with the clock. Seconds. */
const SYNC_INTERVAL = 0.2;
/** HTMLMediaElement.HAVE_FUTURE_DATA: can go on playing. */
const CAN_PLAY = 3;
/** Close to its end an element has nothing to wait for. Seconds. */
const END_MARGIN = 0.5;

export class Player extends EventTarget {
  /**
   * @param {MediaFile[]} files
   * @param {number} duration seconds
   * @param {() => number} [now] seconds
   */
  constructor(files, duration, now = () => performance.now() / 1000) {
    super();
    this._now = now;
    this.clock = new PlayClock();
    this.clock.duration = duration;
    /** The person wants it to play; it may still be waiting for data. */
    this.playing = false;
    this.buffering = false;
    /** @type {Map<string, HTMLVideoElement>} file id → element */
    this.elements = new Map();
    for (const file of files) this.elements.set(file.id, this._element(file));
    this._timer = 0;
    this._seeking = 0;
  }

  get duration() {
    return this.clock.duration;
  }

  /** Seconds from the recording's start. */
  get position() {
    return this.clock.position(this._now());
  }

  play() {
    if (this.position >= this.duration) this.seek(0);
    this.playing = true;
    this._sync();
    window.clearInterval(this._timer);
    this._timer = window.setInterval(() => this._sync(), SYNC_INTERVAL * 1000);
    this._changed();
  }

  pause() {
    this.playing = false;
    this.buffering = false;
    this.clock.stop(this._now());
    window.clearInterval(this._timer);
    for (const element of this.elements.values()) {
      element.pause();
      this._align(element, true);
    }
    this._changed();
  }

  /** @param {number} position seconds from the recording's start */
  seek(position) {
    this.clock.stop(this._now());
    this.clock.seek(position, this._now());
    for (const element of this.elements.values()) {
      element.pause();
      this._align(element, true);
    }
    if (this.playing) this._sync();
    this._changed();
  }

  /** @param {number} rate 0.5 to 2 */
  setRate(rate) {
    this.clock.setRate(rate, this._now());
    for (const element of this.elements.values()) element.playbackRate = rate;
    this._changed();
  }

  /** @param {MediaFile} file */
  _element(file) {
    const element = el("video", { preload: "auto", playsinline: true, src: file.url, "data-file": file.id, tabindex: "-1" });
    element.preservesPitch = true;
    element.disablePictureInPicture = true;
    element.addEventListener("canplay", () => this._sync());
    element.addEventListener("seeked", () => this._sync());
    element.addEventListener("loadedmetadata", () => this._align(element, true));
    return element;
  }

  /** What this element has nothing of is not waited for. @param {HTMLVideoElement} element @param {number} position */
  _isOver(element, position) {
    return element.error !== null || (Number.isFinite(element.duration) && position > element.duration - END_MARGIN);
  }

  _sync() {
    if (!this.playing) return;
    const position = this.position;
    if (position >= this.duration) {
      this.pause();
      this.dispatchEvent(new Event("end"));
      return;
    }
    const current = [...this.elements.values()].filter((one) => !this._isOver(one, position));
    const waiting = current.some((one) => one.readyState < CAN_PLAY || one.seeking);
    if (waiting) this._hold(current);
    else this._run(current);
  }

  /** @param {HTMLVideoElement[]} current */
  _hold(current) {
    if (this.clock.running) {
      this.clock.stop(this._now());
      for (const element of current) element.pause();
    }
    if (this.buffering) return;
    this.buffering = true;
    this._changed();
  }

  /** @param {HTMLVideoElement[]} current */
  _run(current) {
    const resumed = !this.clock.running;
    this.clock.start(this._now());
    for (const element of this.elements.values()) {
      if (!current.includes(element)) element.pause();
    }
    for (const element of current) {
      if (element.paused) void element.play().catch(() => undefined);
      if (!resumed) this._align(element, false);
    }
    if (!this.buffering) return;
    this.buffering = false;
    this._changed();
  }

  /** @param {HTMLVideoElement} element @param {boolean} exactly */
  _align(element, exactly) {
    if (element.readyState === 0) return;
    const position = this.position;
    const drift = element.currentTime - position;
    const { seek, rate } = correction(drift, this.clock.rate);
    if (element.playbackRate !== rate) element.playbackRate = rate;
    if (seek || (exactly && Math.abs(drift) > 0.01)) element.currentTime = position;
  }

  _changed() {
    this.dispatchEvent(new Event("change"));
  }
}
