// @ts-check
/** The recording over time: a lane for each seat with what was recorded, gaps hatched, lines as marks, and the playhead. */

import { el, fill } from "./dom.js";
import { clockTime, clockTimeWithSeconds } from "./format.js";
import { placeOf, ticks } from "./review_rules.js";
import { TEXTS } from "./texts.js";

/**
 * @typedef {{ start_session_time: number, clock_zero: number, duration: number, files: import("./player.js").MediaFile[],
 *   gaps: { begin: number, end: number, kind: string, text: string }[] }} Timeline
 */

export class LanesView {
  /**
   * @param {HTMLElement} root
   * @param {Timeline} recording
   * @param {object} on
   * @param {(position: number) => void} on.seek
   * @param {(line: string) => void} on.line
   */
  constructor(root, recording, on) {
    this._recording = recording;
    this._on = on;
    this._span = Math.max(recording.duration, 0.001);
    this._label = el("span");
    this._playhead = el("div", { class: "playhead", "aria-hidden": "true" }, this._label);
    this._marks = el("div", { class: "lane-track" });
    /** @type {Map<string, HTMLElement>} */
    this._lanes = new Map();
    this._slider = el("input", {
      class: "visually-hidden",
      type: "range",
      min: "0",
      max: String(this._span),
      step: "0.1",
      "aria-label": TEXTS.review.playhead,
      oninput: () => on.seek(Number(this._slider.value)),
    });
    fill(
      root,
      this._slider,
      this._scale(),
      el("div", { class: "lane" }, el("div", { class: "lane-name" }, el("strong", {}, TEXTS.review.speakersLane)), this._marks),
      ...recording.files.map((file) => this._lane(file)),
      this._foot(),
      this._playhead,
    );
    this._root = root;
    new ResizeObserver(() => this._place()).observe(root);
    this._position = 0;
  }

  /** @param {number} position seconds from the recording's start @param {string | null} seat whose lane is heard */
  show(position, seat) {
    this._position = position;
    const { start_session_time: start, clock_zero: zero } = this._recording;
    const text = clockTimeWithSeconds(zero + start + position);
    if (this._label.textContent !== text) this._label.textContent = text;
    this._slider.value = String(position);
    this._slider.setAttribute("aria-valuetext", text);
    for (const [id, lane] of this._lanes) lane.classList.toggle("lane-now", id === seat);
    this._place();
  }

  /** @param {any[]} lines @param {string | null} current */
  showLines(lines, current) {
    const placed = lines.filter((one) => placeOf(one) !== null);
    const key = JSON.stringify([placed.map((one) => [one.id, placeOf(one)]), current]);
    if (this._marks.dataset.key === key) return;
    this._marks.dataset.key = key;
    fill(
      this._marks,
      ...placed.map((line) => {
        const mark = el("button", {
          class: "lane-mark",
          type: "button",
          tabindex: "-1",
          title: `${line.speaker ? `${line.speaker}: ` : ""}${line.text.slice(0, 80)}`,
          "aria-label": line.text.slice(0, 80),
          "aria-current": line.id === current ? "true" : undefined,
          onclick: (/** @type {Event} */ event) => {
            event.stopPropagation();
            this._on.line(line.id);
          },
        });
        this._at(mark, Number(placeOf(line)) - this._recording.start_session_time);
        return mark;
      }),
    );
  }

  _scale() {
    const { start_session_time: start, clock_zero: zero } = this._recording;
    const from = zero + start;
    const scale = el("div", { class: "lane-track lane-scale" });
    for (const at of ticks(from, from + this._span)) {
      const tick = el("span", {}, this._span < 600 ? clockTimeWithSeconds(at) : clockTime(at));
      this._at(tick, at - from);
      scale.append(tick);
    }
    return el("div", { class: "lane lane-head" }, el("div", { class: "lane-name" }), scale);
  }

  /** @param {import("./player.js").MediaFile} file */
  _lane(file) {
    const track = el("div", { class: "lane-track", onclick: (/** @type {MouseEvent} */ event) => this._clicked(track, event) });
    for (const [from, to] of file.intervals) {
      const bar = el("span", { class: "lane-interval" });
      this._between(bar, from, to);
      track.append(bar);
    }
    for (const gap of this._recording.gaps) {
      const bar = el("span", { class: "lane-gap", title: gap.text });
      this._between(bar, gap.begin, gap.end);
      track.append(bar);
    }
    const lane = el(
      "div",
      { class: "lane" },
      el("div", { class: "lane-name" }, el("strong", {}, file.name), el("small", {}, file.site)),
      track,
    );
    this._lanes.set(file.seat, lane);
    return lane;
  }

  _foot() {
    const { gaps, start_session_time: start, clock_zero: zero } = this._recording;
    const time = (/** @type {number} */ position) => clockTimeWithSeconds(zero + start + position);
    const kinds = /** @type {Record<string, string>} */ (TEXTS.review.gap);
    const words = gaps.map((gap) =>
      el("span", {}, el("span", { class: "gap-sign" }), ` ${time(gap.begin)} – ${time(gap.end)}: ${gap.text || (kinds[gap.kind] ?? gap.kind)} `),
    );
    return el("div", { class: "lanes-foot" }, ...words);
  }

  /** @param {HTMLElement} track @param {MouseEvent} event */
  _clicked(track, event) {
    const box = track.getBoundingClientRect();
    this._on.seek(((event.clientX - box.left) / box.width) * this._span);
  }

  /** @param {HTMLElement} element @param {number} position */
  _at(element, position) {
    element.style.left = `${(100 * Math.min(Math.max(position, 0), this._span)) / this._span}%`;
  }

  /** @param {HTMLElement} element @param {number} from @param {number} to */
  _between(element, from, to) {
    this._at(element, from);
    element.style.width = `${(100 * Math.max(0, Math.min(to, this._span) - Math.max(from, 0))) / this._span}%`;
  }

  _place() {
    const box = this._marks.getBoundingClientRect();
    const root = this._root.getBoundingClientRect();
    const x = box.left - root.left + (this._position / this._span) * box.width;
    this._playhead.style.transform = `translateX(${x}px)`;
    // The label of a playhead at either end stays inside.
    this._label.style.marginLeft = x > root.width - 44 ? "-44px" : "0";
  }
}
