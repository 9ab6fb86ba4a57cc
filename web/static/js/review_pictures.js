// @ts-check
/** The pictures of a recording: one large, the others small beside it; a press makes one large. */

import { el, icon, setText } from "./dom.js";
import { covered } from "./play_clock.js";
import { TEXTS } from "./texts.js";

/** @typedef {import("./player.js").MediaFile} MediaFile */

export class ReviewPictures {
  /**
   * @param {HTMLElement} root
   * @param {MediaFile[]} files
   * @param {import("./player.js").Player} player
   */
  constructor(root, files, player) {
    this._root = root;
    /** @type {Map<string, { file: MediaFile, element: HTMLElement, words: HTMLElement, picture: HTMLElement }>} */
    this._tiles = new Map();
    for (const file of files) this._tiles.set(file.seat, this._tile(file, player.elements.get(file.id)));
    /** Seat that is shown large. @type {string | null} */
    this.large = (files.find((one) => one.has_video) ?? files[0])?.seat ?? null;
    /** The person chose a picture: it stays. */
    this._chosen = false;
    root.classList.toggle("is-many", files.length > 4);
    this._arrange();
  }

  /** Shows this seat large, unless the person chose another. @param {string} seat */
  follow(seat) {
    const tile = this._tiles.get(seat);
    if (this._chosen || tile === undefined || !tile.file.has_video) return;
    this.large = seat;
    this._arrange();
  }

  /** @param {number} position */
  show(position) {
    for (const { file, words, picture } of this._tiles.values()) {
      const there = covered(position, file.intervals);
      picture.classList.toggle("has-picture", file.has_video && there);
      setText(words, file.has_video ? TEXTS.review.notThen : TEXTS.review.noPicture);
    }
  }

  /** @param {MediaFile} file @param {HTMLVideoElement | undefined} video */
  _tile(file, video) {
    const words = el("span");
    const picture = el(
      "div",
      { class: "tile-picture" },
      video,
      el("div", { class: "no-picture" }, icon(file.has_video ? "camera-off" : "speaker"), words),
    );
    const element = el(
      "article",
      { class: "tile", "data-seat": file.seat, "data-testid": "review-tile" },
      picture,
      el(
        "button",
        {
          class: "tile-plate tile-choose",
          type: "button",
          "aria-label": TEXTS.review.makeLarge(file.name),
          onclick: () => {
            this.large = file.seat;
            this._chosen = true;
            this._arrange();
          },
        },
        el("strong", { class: "name" }, file.name),
        el("span", { class: "ink-2 small" }, file.site),
      ),
    );
    return { file, element, words, picture };
  }

  /** Order by flex order, not by moving: a video that leaves the page stops. */
  _arrange() {
    for (const [seat, { element }] of this._tiles) {
      if (element.parentElement === null) this._root.append(element);
      element.dataset.floor = String(seat === this.large);
      element.classList.toggle("is-large", seat === this.large);
    }
    const beside = Math.max(1, this._tiles.size - 1);
    this._root.style.setProperty("--rows", String(this._tiles.size > 4 ? Math.ceil(beside / 2) : beside));
    this._root.dataset.count = String(this._tiles.size);
  }
}
