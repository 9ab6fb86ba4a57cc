// @ts-check
/**
 * What this browser receives: one connection, offered once by the node with its fixed slots. `mid` is the slot's name.
 * Which seat fills which slot is a signaling message and none of this file's business.
 *
 * Events: `track` { slot }, `state` { state }, `exhausted`: restarts do not help, the node must make its side anew.
 */

import { GAP_BEFORE_RESTART, RESTART_INTERVAL, RESTARTS_BEFORE_ANEW } from "./publisher.js";

export class Subscriber extends EventTarget {
  /**
   * @param {object} options
   * @param {(sdp: string) => Promise<any>} options.answer sends our answer
   * @param {() => Promise<any>} options.restart asks for an offer with new ICE credentials
   */
  constructor({ answer, restart }) {
    super();
    this._answer = answer;
    this._restart = restart;
    /** @type {RTCPeerConnection | null} */
    this.connection = null;
    /** @type {Map<string, MediaStream>} slot name → stream of its one track */
    this.streams = new Map();
    /** @type {Map<string, RTCRtpReceiver>} */
    this.receivers = new Map();
    this._mending = 0;
    this._restarts = 0;
    /** @type {Promise<void>} */
    this._queue = Promise.resolve();
  }

  /** Forgets the connection; the node's next offer makes a new one. */
  reset() {
    window.clearTimeout(this._mending);
    this._mending = 0;
    this._restarts = 0;
    const connection = this.connection;
    this.connection = null;
    if (connection !== null) {
      connection.onconnectionstatechange = null;
      connection.ontrack = null;
      connection.close();
    }
    this.streams.clear();
    this.receivers.clear();
  }

  /** @param {string} sdp the node's offer @returns {Promise<void>} */
  offered(sdp) {
    this._queue = this._queue.then(() => this._accept(sdp)).catch((error) => {
      this.dispatchEvent(new CustomEvent("problem", { detail: error }));
      this._mend(RESTART_INTERVAL);
    });
    return this._queue;
  }

  /** Called when signaling is back. */
  checkPath() {
    const connection = this.connection;
    if (connection === null || connection.connectionState === "connected") return;
    this._mend(0);
  }

  /** @param {string} sdp */
  async _accept(sdp) {
    const connection = this.connection ?? this._make();
    await connection.setRemoteDescription({ type: "offer", sdp });
    await connection.setLocalDescription(await connection.createAnswer());
    if (this.connection !== connection) return;
    await this._answer(/** @type {string} */ (connection.localDescription?.sdp));
  }

  _make() {
    const connection = new RTCPeerConnection({ iceServers: [], bundlePolicy: "max-bundle" });
    this.connection = connection;
    connection.ontrack = ({ transceiver, track, receiver }) => {
      const slot = transceiver.mid;
      if (slot === null || this.connection !== connection) return;
      this.streams.set(slot, new MediaStream([track]));
      this.receivers.set(slot, receiver);
      this.dispatchEvent(new CustomEvent("track", { detail: { slot } }));
    };
    connection.onconnectionstatechange = () => {
      if (this.connection === connection) this._stateChanged(connection.connectionState);
    };
    return connection;
  }

  /** @param {RTCPeerConnectionState} state */
  _stateChanged(state) {
    this.dispatchEvent(new CustomEvent("state", { detail: { state } }));
    if (state === "connected") {
      window.clearTimeout(this._mending);
      this._mending = 0;
      this._restarts = 0;
    } else if (state === "disconnected") this._mend(GAP_BEFORE_RESTART);
    else if (state === "failed" || state === "closed") this._mend(0);
  }

  /** @param {number} after seconds */
  _mend(after) {
    window.clearTimeout(this._mending);
    this._mending = window.setTimeout(() => {
      if (this.connection?.connectionState === "connected") return;
      this._restarts += 1;
      this._mend(RESTART_INTERVAL);
      if (this._restarts > RESTARTS_BEFORE_ANEW) {
        this._restarts = 0;
        this.dispatchEvent(new Event("exhausted"));
        return;
      }
      this._restart().catch(() => undefined);
    }, after * 1000);
  }
}
