// @ts-check
/**
 * One seat's call: signaling, both media connections and the state they give, without a word about the page.
 *
 * Events: `state` (the node said something new), `connection` { state, code, sentence }, `media` (a path came or went),
 * `muted` { by }, `refused` { message }.
 */

import { emptyState, reduce } from "./call_state.js";
import { Publisher } from "./publisher.js";
import { SignalingClient } from "./signaling_client.js";
import { Subscriber } from "./subscriber.js";

/** @typedef {import("./local_media.js").LocalMedia} LocalMedia */

export class Call extends EventTarget {
  /**
   * @param {object} options
   * @param {() => Promise<import("./signaling_client.js").JoinTicket>} options.getPass
   * @param {LocalMedia} options.media
   */
  constructor({ getPass, media }) {
    super();
    this.media = media;
    this.state = emptyState();
    this.signaling = new SignalingClient({ getPass, devices: () => media.open });
    this.publisher = new Publisher((sdp) => this.signaling.request("publish-offer", { sdp }).then((one) => one.sdp));
    this.subscriber = new Subscriber({
      answer: (sdp) => this.signaling.request("subscribe-answer", { sdp }),
      restart: () => this.signaling.request("restart-subscribe", {}),
    });
    this._told = { microphone: false, camera: false };
    this.signaling.addEventListener("message", (event) => this._onMessage(/** @type {CustomEvent} */ (event).detail));
    this.signaling.addEventListener("welcome", (event) => this._onWelcome(/** @type {CustomEvent} */ (event).detail));
    this.signaling.addEventListener("state", (event) => this._onConnection(/** @type {CustomEvent} */ (event).detail));
    for (const path of [this.publisher, this.subscriber]) {
      path.addEventListener("state", () => this.dispatchEvent(new Event("media")));
    }
    this.subscriber.addEventListener("exhausted", () => void this.signaling.rejoin());
    this._onMediaChange = () => this._mediaChanged();
  }

  start() {
    this.media.addEventListener("change", this._onMediaChange);
    this.publisher.setTracks(this.media.audio, this.media.video);
    this.signaling.start();
  }

  async leave() {
    await this.signaling.leave();
  }

  /** @param {string} type @param {Record<string, any>} [fields] */
  ask(type, fields = {}) {
    return this.signaling.request(type, fields);
  }

  /** Both paths carry media. */
  get mediaConnected() {
    return (
      this.publisher.connection?.connectionState === "connected" &&
      this.subscriber.connection?.connectionState === "connected"
    );
  }

  /** @param {any} message */
  _onWelcome(message) {
    this.state = reduce(this.state, message);
    this._told = { ...this.media.open };
    if (message.fresh !== false) {
      this.subscriber.reset();
      void this.publisher.start();
    } else {
      this.publisher.checkPath();
      this.subscriber.checkPath();
    }
  }

  /** @param {any} message */
  _onMessage(message) {
    switch (message.type) {
      case "subscribe-offer":
        void this.subscriber.offered(message.sdp);
        return;
      case "mute-ordered":
        this._told = { ...this._told, microphone: false };
        this.media.setOpen({ microphone: false });
        this.dispatchEvent(new CustomEvent("muted", { detail: message }));
        return;
      case "refused":
        this.dispatchEvent(new CustomEvent("refused", { detail: message }));
        return;
      default:
        this.state = reduce(this.state, message);
        this.dispatchEvent(new Event("state"));
    }
  }

  /** @param {{ state: string }} detail */
  _onConnection(detail) {
    if (detail.state === "over") {
      this.media.removeEventListener("change", this._onMediaChange);
      this.publisher.stop();
      this.subscriber.reset();
    }
    this.dispatchEvent(new CustomEvent("connection", { detail }));
  }

  _mediaChanged() {
    this.publisher.setTracks(this.media.audio, this.media.video);
    const open = this.media.open;
    if (open.microphone === this._told.microphone && open.camera === this._told.camera) return;
    if (this.signaling.state !== "online") return; // The next Join or Resume carries it.
    this._told = open;
    this.ask("set-devices", open).catch((error) => {
      this.dispatchEvent(new CustomEvent("refused", { detail: { message: error.message } }));
    });
  }
}
