// @ts-check
/** The room on the page: puts state, streams and words into their places. Decides nothing. */

import { conducts, mySeat } from "./call_state.js";
import { ControlsView } from "./controls_view.js";
import { must } from "./dom.js";
import { arrange } from "./layout.js";
import { PeopleView } from "./people_view.js";
import { RecordingSign } from "./recording_sign.js";
import { StageView } from "./stage_view.js";
import { TileView } from "./tile_view.js";

/**
 * @typedef {import("./call.js").Call} Call
 * @typedef {import("./call_state.js").CallState} CallState
 */

/** Beside the large picture there is room for so many; the others are in the list. */
const MOST_TILES = 9;

export class RoomView {
  /**
   * @param {object} options
   * @param {import("./controls_view.js").ControlsView["_on"]} options.on
   * @param {(act: import("./people_view.js").SeatAct, seat: import("./call_state.js").Seat) => void} options.onSeatAct
   * @param {(sessionTime: number) => number | null} options.wallTime
   * @param {boolean} options.recorded
   */
  constructor({ on, onSeatAct, wallTime, recorded }) {
    this._recorded = recorded;
    this._stage = new StageView();
    this._people = new PeopleView(onSeatAct, wallTime);
    this._controls = new ControlsView(on);
    this._sign = new RecordingSign();
    this._tiles = must("#tiles", HTMLElement);
    /** @type {Map<string, TileView>} */
    this._views = new Map();
    /** @type {MediaStream | null} */
    this._own = null;
  }

  /** @param {Call} call @param {number} waiting people who were not asked about recording yet */
  show(call, waiting) {
    const { state, media, subscriber } = call;
    const arrangement = arrange(state);
    const stream = (/** @type {import("./layout.js").Picture} */ one) =>
      one.mine ? this.ownStream(media.video) : one.slot === null ? null : (subscriber.streams.get(one.slot) ?? null);
    this._stage.show(state, arrangement, arrangement.large === null ? null : stream(arrangement.large));
    const shown = arrangement.small.slice(0, MOST_TILES);
    for (const one of shown) {
      this._view(one.seat.seat).show(one.mine ? { ...one.seat, ...media.open } : one.seat, {
        stream: stream(one),
        mine: one.mine,
        floor: state.stage?.floor ?? null,
      });
    }
    this._arrange(shown.map((one) => one.seat.seat));
    this._people.show(state);
    this._controls.show(state, media.open, this._recorded, waiting);
    this._sign.show(state, this._recorded);
    document.body.classList.toggle("is-conductor", conducts(mySeat(state)));
  }

  /** Clocks that run. @param {CallState} state @param {number | null} sessionTime */
  tick(state, sessionTime) {
    this._stage.tick(state, sessionTime);
    this._sign.tick(state, sessionTime);
  }

  /** @param {string} seat */
  _view(seat) {
    let view = this._views.get(seat);
    if (view === undefined) {
      view = new TileView(seat);
      this._views.set(seat, view);
    }
    return view;
  }

  /** Only moves what is out of place: a video that leaves the page stops. @param {string[]} order */
  _arrange(order) {
    for (const [seat, view] of this._views) {
      if (order.includes(seat)) continue;
      view.element.remove();
      this._views.delete(seat);
    }
    order.forEach((seat, n) => {
      const element = this._view(seat).element;
      if (this._tiles.children[n] !== element) this._tiles.insertBefore(element, this._tiles.children[n] ?? null);
    });
  }

  /** @param {MediaStreamTrack | null} track */
  ownStream(track) {
    if (track === null) this._own = null;
    else if (this._own?.getTracks()[0] !== track) this._own = new MediaStream([track]);
    return this._own;
  }
}
