// @ts-check
/**
 * What this browser sends: one connection with one audio and one camera section, offered by us. Tracks are put in and taken
 * out without a new offer; a lost path is mended by restarting ICE, a lost association by starting anew.
 *
 * Event `state`: { state: RTCPeerConnectionState }.
 */

/** Chromium reports `disconnected` for short gaps that mend themselves. Seconds. */
export const GAP_BEFORE_RESTART = 2;
/** A restart over a bad line takes its time. Seconds between two. */
export const RESTART_INTERVAL = 4;
/** After so many restarts without a connection the association is lost too: start anew. */
export const RESTARTS_BEFORE_ANEW = 3;
/** 640×360 at 15 pictures a second is sharp at this rate; a commune's uplink bears it. Bits per second. */
const CAMERA_BITRATE = 700_000;
const CAMERA_FRAME_RATE = 15;

export class Publisher extends EventTarget {
  /** @param {(sdp: string) => Promise<string>} offer sends an offer, answers with the node's answer */
  constructor(offer) {
    super();
    this._offer = offer;
    /** @type {RTCPeerConnection | null} */
    this.connection = null;
    /** @type {MediaStreamTrack | null} */
    this._audio = null;
    /** @type {MediaStreamTrack | null} */
    this._video = null;
    this._mending = 0;
    this._restarts = 0;
    /** @type {Promise<void>} */
    this._queue = Promise.resolve();
  }

  /** Starts anew; an earlier connection is closed. */
  start() {
    this.stop();
    const connection = new RTCPeerConnection({ iceServers: [], bundlePolicy: "max-bundle" });
    this.connection = connection;
    this._restarts = 0;
    const audio = connection.addTransceiver("audio", { direction: "sendonly" });
    const video = connection.addTransceiver("video", {
      direction: "sendonly",
      sendEncodings: [{ maxBitrate: CAMERA_BITRATE, maxFramerate: CAMERA_FRAME_RATE }],
    });
    preferVp8(video);
    void audio.sender.replaceTrack(this._audio).catch(() => undefined);
    void video.sender.replaceTrack(this._video).catch(() => undefined);
    connection.onconnectionstatechange = () => {
      if (this.connection === connection) this._stateChanged(connection.connectionState);
    };
    return this._negotiate(connection);
  }

  stop() {
    window.clearTimeout(this._mending);
    this._mending = 0;
    const connection = this.connection;
    this.connection = null;
    if (connection !== null) {
      connection.onconnectionstatechange = null;
      connection.close();
    }
  }

  /**
   * @param {MediaStreamTrack | null} audio
   * @param {MediaStreamTrack | null} video
   */
  setTracks(audio, video) {
    this._audio = audio;
    this._video = video;
    const [first, second] = this.connection?.getTransceivers() ?? [];
    void first?.sender.replaceTrack(audio).catch(() => undefined);
    void second?.sender.replaceTrack(video).catch(() => undefined);
  }

  /** Called when signaling is back: mends at once what was lost meanwhile. */
  checkPath() {
    const connection = this.connection;
    if (connection === null || connection.connectionState === "connected") return;
    this._mend(0);
  }

  /** @param {RTCPeerConnection} connection @param {boolean} [restart] @returns {Promise<void>} */
  _negotiate(connection, restart = false) {
    this._queue = this._queue.then(async () => {
      if (this.connection !== connection) return;
      const offer = await connection.createOffer({ iceRestart: restart });
      await connection.setLocalDescription(offer);
      try {
        const sdp = await this._offer(/** @type {string} */ (connection.localDescription?.sdp));
        if (this.connection === connection) await connection.setRemoteDescription({ type: "answer", sdp });
      } catch (error) {
        if (this.connection === connection && connection.signalingState === "have-local-offer") {
          await connection.setLocalDescription({ type: "rollback" }).catch(() => undefined);
        }
        this.dispatchEvent(new CustomEvent("problem", { detail: error }));
        this._mend(RESTART_INTERVAL);
      }
    });
    return this._queue;
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
      const connection = this.connection;
      if (connection === null || connection.connectionState === "connected") return;
      this._restarts += 1;
      if (this._restarts > RESTARTS_BEFORE_ANEW) {
        void this.start();
        return;
      }
      this._mend(RESTART_INTERVAL);
      void this._negotiate(connection, true);
    }, after * 1000);
  }
}

/** The node forwards VP8 and nothing else; a short offer is a quick one. @param {RTCRtpTransceiver} video */
function preferVp8(video) {
  const offered = RTCRtpReceiver.getCapabilities?.("video")?.codecs ?? [];
  const vp8 = offered.filter((codec) => /^video\/(VP8|rtx)$/i.test(codec.mimeType));
  if (vp8.length > 0 && typeof video.setCodecPreferences === "function") video.setCodecPreferences(vp8);
}
