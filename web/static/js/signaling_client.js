// @ts-check
/**
 * The seat's connection to its node: takes the seat with a join pass, keeps it over dropped sockets, and asks the hub for
 * a new pass when the node has moved. See PROTOCOL.md and signaling/protocol/browser.py.
 *
 * Events (CustomEvent with `detail`):
 *   `message`  every message of the node except Done, Refused, PublishAnswer, Pong
 *   `welcome`  the `Welcome` message; `fresh`: the node has no media of ours, so both connections are made anew
 *   `state`    { state, code, sentence }: see ConnectionState
 *
 * @typedef {"idle" | "connecting" | "online" | "offline" | "over"} ConnectionState
 *   offline = lost, coming back by itself; over = the seat is gone for good on this page
 * @typedef {{ pass: string, signaling_url: string, seat: any, role: string, name: string, site: string }} JoinTicket
 */

import { ClockOffset } from "./clock_offset.js";
import { Reconnect } from "./reconnect.js";
import { TEXTS } from "./texts.js";

const PROTOCOL = 1;
/** Seconds. The clock estimate wants many samples; a dead path is noticed after PONG_TIMEOUT. */
const PING_INTERVAL = 2;
/** No answer for so long: the path is dead although the socket does not know it. Seconds. */
const PONG_TIMEOUT = 8;
/** A node answers requests from memory. Seconds. */
const ANSWER_TIMEOUT = 10;
/** A socket that has not said Welcome or Closed by then is given up. Seconds. */
const WELCOME_TIMEOUT = 8;

export class RefusedError extends Error {
  /** @param {string} code @param {string} sentence */
  constructor(code, sentence) {
    super(sentence);
    this.name = "RefusedError";
    this.code = code;
  }
}

export class SignalingClient extends EventTarget {
  /**
   * @param {object} options
   * @param {() => Promise<JoinTicket>} options.getPass asks the hub; rejects with an ApiError
   * @param {() => { microphone: boolean, camera: boolean }} options.devices what is open now
   * @param {() => number} [options.now] own clock, seconds
   * @param {() => number} [options.chance]
   */
  constructor({ getPass, devices, now = () => performance.now() / 1000, chance = Math.random }) {
    super();
    this._getPass = getPass;
    this._devices = devices;
    this._now = now;
    this._chance = chance;
    this.clock = new ClockOffset();
    this.reconnect = new Reconnect();
    /** @type {ConnectionState} */
    this.state = "idle";
    /** @type {JoinTicket | null} */
    this.ticket = null;
    /** @type {WebSocket | null} */
    this._socket = null;
    this._nextId = 1;
    /** @type {Map<number, { resolve: (answer: any) => void, reject: (error: Error) => void, timer: number }>} */
    this._waiting = new Map();
    this._address = "";
    this._welcomed = false;
    this._heardAt = 0;
    this._pingTimer = 0;
    this._retryTimer = 0;
    this._welcomeTimer = 0;
    this._onNetwork = () => this._networkIsBack();
  }

  /** Session time now, seconds; null when no node was ever heard. */
  sessionTime() {
    return this.clock.sessionTime(this._now());
  }

  /** Takes the seat. Ends in `online`, keeps trying, or ends in `over`. */
  start() {
    if (this.state !== "idle") return;
    window.addEventListener("online", this._onNetwork);
    this._setState("connecting");
    void this._attempt();
  }

  /** Leaves on purpose: the seat is empty at once. */
  async leave() {
    if (this.state === "online") await this.request("leave", {}).catch(() => undefined);
    this._end("LEFT", "");
  }

  /**
   * Sends a message with an id and waits for its answer.
   * @param {string} type
   * @param {Record<string, any>} fields
   * @returns {Promise<any>} Done or the answer; rejects with RefusedError
   */
  request(type, fields) {
    const socket = this._socket;
    if (this.state !== "online" || socket === null) {
      return Promise.reject(new RefusedError("OFFLINE", TEXTS.requestWhileOffline));
    }
    const id = this._nextId++;
    return new Promise((resolve, reject) => {
      const timer = window.setTimeout(() => {
        this._waiting.delete(id);
        reject(new RefusedError("NO_ANSWER", TEXTS.requestNoAnswer));
      }, ANSWER_TIMEOUT * 1000);
      this._waiting.set(id, { resolve, reject, timer });
      socket.send(JSON.stringify({ type, id, ...fields }));
    });
  }

  /** Takes the seat anew with a fresh pass, without letting go of it while the hub is away. */
  async rejoin() {
    if (this.state !== "online") return;
    const ticket = await this._getPass().catch(() => null);
    if (ticket === null || this.state !== "online") return;
    this.ticket = ticket;
    this._address = ticket.signaling_url;
    this._detach();
    this._setState("offline", "REJOIN", TEXTS.lineLost);
    this._open({ type: "join", pass: ticket.pass });
  }

  // --- attempts ---------------------------------------------------------------------------------------------

  async _attempt() {
    if (this.state === "over") return;
    if (this.reconnect.next() === "pass") {
      try {
        this.ticket = await this._getPass();
        this._address = this.ticket.signaling_url;
      } catch (error) {
        this._passRefused(/** @type {any} */ (error));
        return;
      }
      if (/** @type {ConnectionState} */ (this.state) === "over") return;
      this._open({ type: "join", pass: this.ticket.pass });
    } else {
      this._open({ type: "resume", token: this.reconnect.takeToken() });
    }
  }

  /** @param {{ code?: string, message: string, temporary?: boolean }} error */
  _passRefused(error) {
    if (error.temporary || error.code === "NODE_UNAVAILABLE") {
      this.reconnect.passFailed();
      this._retryLater(error.code ?? "", error.message);
    } else this._end(error.code ?? "", error.message);
  }

  /** @param {Record<string, any>} hello */
  _open(hello) {
    const socket = new WebSocket(this._address);
    this._socket = socket;
    this._welcomed = false;
    let goodbye = false;
    window.clearTimeout(this._welcomeTimer);
    this._welcomeTimer = window.setTimeout(() => {
      if (!this._welcomed) socket.close();
    }, WELCOME_TIMEOUT * 1000);
    socket.onopen = () => {
      socket.send(JSON.stringify({ ...hello, protocol: PROTOCOL, ...this._devices() }));
    };
    socket.onmessage = (event) => {
      if (this._socket !== socket || typeof event.data !== "string") return;
      this._heardAt = this._now();
      const message = JSON.parse(event.data);
      if (message.type === "closed") {
        goodbye = true;
        this._nodeClosed(message);
        return;
      }
      this._received(message);
    };
    socket.onclose = () => {
      if (this._socket !== socket) return;
      this._detach();
      if (goodbye || this.state === "over") return;
      if (!this._welcomed) {
        if (hello.type === "resume") this.reconnect.keepToken(hello.token);
        this.reconnect.socketRefused();
      }
      this._retryLater("LINE_LOST", TEXTS.lineLost);
    };
  }

  /** @param {{ code: string, message: string, retry: boolean }} message */
  _nodeClosed(message) {
    const next = this.reconnect.closed(message.code, message.retry);
    this._detach();
    if (next === "over") this._end(message.code, message.message);
    else this._retryLater(message.code, message.message);
  }

  /** @param {string} code @param {string} sentence */
  _retryLater(code, sentence) {
    this._setState("offline", code, sentence);
    window.clearTimeout(this._retryTimer);
    this._retryTimer = window.setTimeout(() => void this._attempt(), this.reconnect.pause(this._chance()) * 1000);
  }

  _networkIsBack() {
    if (this.state !== "offline" || this._socket !== null) return;
    window.clearTimeout(this._retryTimer);
    void this._attempt();
  }

  /** Drops the socket without a word and lets every waiting request know. */
  _detach() {
    const socket = this._socket;
    this._socket = null;
    window.clearInterval(this._pingTimer);
    window.clearTimeout(this._welcomeTimer);
    if (socket !== null && socket.readyState <= WebSocket.OPEN) socket.close();
    for (const waiting of this._waiting.values()) {
      window.clearTimeout(waiting.timer);
      waiting.reject(new RefusedError("OFFLINE", TEXTS.requestWhileOffline));
    }
    this._waiting.clear();
  }

  /** @param {string} code @param {string} sentence */
  _end(code, sentence) {
    window.removeEventListener("online", this._onNetwork);
    window.clearTimeout(this._retryTimer);
    this._setState("over", code, sentence);
    this._detach();
  }

  /** @param {ConnectionState} state @param {string} [code] @param {string} [sentence] */
  _setState(state, code = "", sentence = "") {
    this.state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: { state, code, sentence } }));
  }

  // --- messages ---------------------------------------------------------------------------------------------

  /** @param {any} message */
  _received(message) {
    switch (message.type) {
      case "welcome":
        this._onWelcome(message);
        return;
      case "pong":
        this.clock.heardPong(message.sent, message.session_time, this._now());
        return;
      case "done":
      case "publish-answer":
        this._answer(message.id)?.resolve(message);
        return;
      case "refused": {
        const error = new RefusedError(message.code, message.message);
        const waiting = message.id === null ? undefined : this._answer(message.id);
        if (waiting) waiting.reject(error);
        else this.dispatchEvent(new CustomEvent("message", { detail: message }));
        return;
      }
      default:
        this.dispatchEvent(new CustomEvent("message", { detail: message }));
    }
  }

  /** @param {{ resume: string, generation: number, session_time: number, fresh: boolean }} message */
  _onWelcome(message) {
    const before = this.reconnect.generation;
    if (!this.reconnect.welcomed(message.resume, message.generation)) {
      this._detach();
      this._retryLater("GENERATION_OLD", TEXTS.lineLost);
      return;
    }
    this._welcomed = true;
    window.clearTimeout(this._welcomeTimer);
    if (message.generation !== before) this.clock.nodeChanged();
    this.clock.heardWelcome(message.session_time, this._now());
    this._setState("online");
    this.dispatchEvent(new CustomEvent("welcome", { detail: message }));
    this._startPinging();
  }

  /** @param {number} id */
  _answer(id) {
    const waiting = this._waiting.get(id);
    if (waiting !== undefined) {
      window.clearTimeout(waiting.timer);
      this._waiting.delete(id);
    }
    return waiting;
  }

  _startPinging() {
    const socket = this._socket;
    const ping = () => {
      if (this._socket !== socket || socket?.readyState !== WebSocket.OPEN) return;
      if (this._now() - this._heardAt > PONG_TIMEOUT) {
        // The browser may take minutes to notice a dead path: do not wait for it.
        socket.onclose = null;
        this._detach();
        this._retryLater("LINE_LOST", TEXTS.lineLost);
        return;
      }
      socket.send(JSON.stringify({ type: "ping", sent: this._now() }));
    };
    this._heardAt = this._now();
    window.clearInterval(this._pingTimer);
    this._pingTimer = window.setInterval(ping, PING_INTERVAL * 1000);
    ping();
  }
}
