// @ts-check
/** A small picture with its plate and one state underneath. */

import { speakerOf } from "./call_state.js";
import { el, fill, icon, setText } from "./dom.js";
import { unbroken } from "./format.js";
import { footOf } from "./layout.js";
import { Picture } from "./picture.js";
import { TEXTS } from "./texts.js";

/** @typedef {import("./call_state.js").Seat} Seat */

const FOOT_SIGNS = { lost: "warning", "no-media": "alert", hand: "hand", muted: "mic-off", speaking: "speaker", open: "mic" };

export class TileView {
  /** @param {string} seat */
  constructor(seat) {
    this.picture = new Picture("tile-picture");
    this._name = el("strong", { class: "name" });
    this._site = el("small");
    this._foot = el("p", { class: "tile-foot" });
    this.element = el(
      "article",
      { class: "tile", "data-seat": seat, "data-testid": "tile" },
      this.picture.element,
      el("div", { class: "tile-plate" }, this._name, this._site),
      this._foot,
    );
    this._key = "";
  }

  /**
   * @param {Seat} seat
   * @param {object} options
   * @param {MediaStream | null} options.stream
   * @param {boolean} options.mine
   * @param {string | null} options.floor
   */
  show(seat, { stream, mine, floor }) {
    this.picture.show(stream, { ...coverOf(seat, stream), owner: seat.seat, visible: seat.camera, mirrored: mine });
    const foot = footOf(seat, floor);
    const key = JSON.stringify([seat.name, seat.site, seat.people, foot, mine, seat.seat === floor]);
    if (key === this._key) return;
    this._key = key;
    setText(this._name, unbroken(speakerOf(seat)?.name ?? seat.name));
    // A long name is set smaller rather than cut: names never break inside.
    this._name.classList.toggle("is-long", (this._name.textContent ?? "").length > 17);
    this._site.title = siteOf(seat);
    setText(this._site, mine ? TEXTS.me : siteOf(seat));
    const lost = foot === "lost" || foot === "no-media";
    this._foot.dataset.state = lost ? "lost" : foot === "hand" ? "weak" : foot;
    this.element.dataset.state = lost ? "lost" : "";
    this.element.dataset.floor = String(seat.seat === floor);
    fill(this._foot, icon(FOOT_SIGNS[foot]), TEXTS.foot[foot]);
    this.element.setAttribute("aria-label", `${seat.name}, ${seat.site}, ${TEXTS.foot[foot]}`);
  }
}

/** @param {Seat} seat @param {MediaStream | null} stream */
export function coverOf(seat, stream) {
  if (!seat.connected) return { words: TEXTS.foot.lost, sign: "warning" };
  if (!seat.camera) return { words: TEXTS.cameraOff, sign: "camera-off" };
  return { words: stream === null ? TEXTS.pictureNotReceived : TEXTS.pictureComing, sign: "camera" };
}

/** @param {Seat} seat where the seat is; a site's own name is not said twice */
export function siteOf(seat) {
  const speaker = speakerOf(seat);
  if (speaker !== null && seat.name !== seat.site) return seat.role === "site" ? seat.name : seat.site;
  return seat.site === seat.name ? (TEXTS.roles[seat.role] ?? "") : seat.site;
}
