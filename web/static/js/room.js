// @ts-check
/**
 * The call page: device check → lobby → room, in one document (templates/call.html).
 *
 * For tests and for whoever helps at the telephone, `window.__call` shows (never changes) what is going on:
 *   step          "devices" | "lobby" | "room" | "over"
 *   state         what the node told (call_state.js)
 *   connection    state of the signaling client
 *   media         { publish, subscribe }: connection states
 *   slots         slot name → { seat, track: MediaStreamTrack.readyState, muted }
 *   sessionTime() seconds or null
 *   stats()       promise of { publish: RTCStats[], subscribe: RTCStats[], bySlot: Record<slot, inbound-rtp> }
 */

import { Api } from "./api.js";
import { CallNotices } from "./call_notices.js";
import { CallSound } from "./call_sound.js";
import { Call } from "./call.js";
import { conducts, mySeat, runningTurn, undecided } from "./call_state.js";
import { Conductor } from "./conductor.js";
import { ConsentView } from "./consent_view.js";
import { DeviceCheck } from "./device_check.js";
import { confirmed, toast } from "./dialogs.js";
import { must } from "./dom.js";
import { LatestLine } from "./latest_line.js";
import { LevelMeter } from "./level_meter.js";
import { LobbyView } from "./lobby_view.js";
import { LocalMedia } from "./local_media.js";
import { Notices } from "./notices.js";
import { readPageData } from "./page_data.js";
import { RoomView } from "./room_view.js";
import { SecretaryDesk } from "./secretary_desk.js";
import { SessionEvents } from "./session_events.js";
import { TEXTS } from "./texts.js";
import { TurnRoll } from "./turn_roll.js";

/** Clocks show seconds; notices come within a quarter of one. Seconds. */
const TICK_INTERVAL = 0.25;

class CallPage {
  constructor() {
    this.data = readPageData();
    this.api = new Api(this.data.api, this.data.csrf);
    this.media = new LocalMedia();
    this.notices = new Notices(must("#notices", HTMLElement));
    const open = this.data.may_open === true ? () => void this._open() : null;
    this.lobby = new LobbyView(this.data.urls, open, (device) => this._toggle(device));
    this.sound = new CallSound(must("#sound", HTMLElement));
    this.recorded = this.data.session.recording_policy !== "never";
    this.events = new SessionEvents(this.api, this.data.session.id);
    this.roll = new TurnRoll(this.api, this.events);
    this.roll.addEventListener("change", () => this.render());
    /** @type {Call | null} */
    this.call = null;
    this.step = "";
    this._memory = `diem-cau.call.${this.data.session.id}`;
    this._seat = this.data.seats?.[0]?.id ?? null;
    /** @type {WakeLockSentinel | null} */
    this._wakeLock = null;
    this._ask = (/** @type {string} */ type, /** @type {Record<string, any>} */ fields) =>
      this.call === null ? Promise.reject(new Error(TEXTS.requestWhileOffline)) : this.call.ask(type, fields);
    const acts = { recover: () => void this.media.recover(), unblock: () => this.sound.unblock() };
    this.callNotices = new CallNotices(this.notices, acts);
    this.meter = new LevelMeter((_level, dead) => {
      if (this.step === "room") this.callNotices.heard(dead, this.media.open.microphone, performance.now() / 1000);
    });
    /** @type {MediaStreamTrack | null} */
    this._metered = null;
    this.media.addEventListener("change", () => this._meterMicrophone());
    this.sound.addEventListener("change", () => this.render());
    this.media.addEventListener("notice", (event) => {
      const { kind, label } = /** @type {CustomEvent} */ (event).detail;
      toast(TEXTS.deviceChanged(kind === "microphone" ? TEXTS.microphone : TEXTS.camera, label));
    });
    this._ticking = 0;
    /** @type {DeviceCheck | null} */
    this._check = null;
    const conductor = new Conductor({
      ask: this._ask,
      api: this.api,
      session: this.data.session.id,
      state: () => this.call?.state ?? null,
    });
    this._conductor = conductor;
    this.room = this._roomView(conductor);
    this.consent = new ConsentView({
      mayRecord: this.data.may_take_consent === true,
      checkIn: this.data.may_take_consent === true ? (this.data.urls.check_in ?? "") : "",
      record: (attendance, choice) => this.api.post(`/attendances/${attendance}/consents`, { choice }),
      withdraw: (attendance) => this._ask("withdraw-consent", { attendance }),
    });
    // The secretary has the whole minutes in front; the others see the newest line.
    const writes = document.querySelector("#minutes") !== null;
    this.latest = writes ? null : new LatestLine(this.api, this.events, (time) => this._wallTime(time));
    this.desk = writes ? this._desk() : null;
  }

  async start() {
    const before = this._remembered();
    if (before !== null) this.media.wanted = before.open;
    if (before === null) this._goTo("devices");
    else this._goTo("lobby");
    const check = before === null ? new DeviceCheck(this.media, this.data.seats ?? [], (seat) => this._enter(seat)) : null;
    this._check = check;
    await this.media.start();
    if (before !== null) this._enter(before.seat);
  }

  // --- steps ------------------------------------------------------------------------------------------------

  /** @param {"devices" | "lobby" | "room" | "over"} step */
  _goTo(step) {
    if (this.step === step) return;
    this.step = step;
    must("#step-devices", HTMLElement).hidden = step !== "devices";
    must("#step-lobby", HTMLElement).hidden = step !== "lobby" && step !== "over";
    must("#step-room", HTMLElement).hidden = step !== "room";
    document.body.dataset.step = step;
    const address = step === "room" ? this.data.urls.room : step === "lobby" ? this.data.urls.lobby : null;
    if (address) history.replaceState(null, "", address);
    if (step === "room") void this._stayAwake();
  }

  /** @param {string | null} seat */
  _enter(seat) {
    this._check?.stop();
    this._check = null;
    this._seat = seat;
    this._remember();
    const body = seat === null || seat === "" ? {} : { seat };
    const call = new Call({
      media: this.media,
      getPass: () => this.api.post(`/sessions/${this.data.session.id}/join-pass`, body),
    });
    this.call = call;
    call.addEventListener("state", () => this.render());
    call.addEventListener("media", () => this.render());
    call.addEventListener("muted", () => this.callNotices.muted());
    call.addEventListener("refused", (event) => toast(/** @type {CustomEvent} */ (event).detail.message));
    call.addEventListener("connection", (event) => this._connectionChanged(/** @type {CustomEvent} */ (event).detail));
    call.subscriber.addEventListener("track", (event) => this._trackCame(/** @type {CustomEvent} */ (event).detail.slot));
    this._goTo("lobby");
    this.lobby.showWaiting(call.state);
    call.start();
    this._meterMicrophone();
    this.events.start();
    if (this._ticking === 0) this._ticking = window.setInterval(() => this._tick(), TICK_INTERVAL * 1000);
  }

  _meterMicrophone() {
    if (this.call === null || this.media.audio === this._metered) return;
    this._metered = this.media.audio;
    this.meter.listen(this._metered);
  }

  /** @param {string} slot */
  _trackCame(slot) {
    const stream = this.call?.subscriber.streams.get(slot);
    if (stream?.getAudioTracks().length) this.sound.attach(slot, stream);
    this.render();
  }

  /** @param {{ state: string, code: string, sentence: string }} detail */
  _connectionChanged({ state, code, sentence }) {
    if (state === "offline" && this.call?.state.me === null) this.lobby.showConnecting(sentence);
    if (state !== "over") return;
    this._forget();
    this.sound.clear();
    this._goTo("over");
    must("#recording-sign", HTMLElement).hidden = true;
    for (const key of ["offline", "media", "paused", "floor", "muted", "silent"]) this.notices.set(key, null);
    const again = code === "SESSION_CLOSED" || code === "REVOKED" ? null : () => this._enterAgain();
    if (code === "LEFT") this.lobby.showOver(TEXTS.leftTitle, TEXTS.leftBody, again);
    else this.lobby.showOver(TEXTS.overTitle, sentence, again);
  }

  async _enterAgain() {
    await this.media.recover();
    this._enter(this._seat);
  }

  // --- showing ----------------------------------------------------------------------------------------------

  render() {
    const call = this.call;
    if (call === null || this.step === "over" || this.step === "devices") return;
    const place = mySeat(call.state)?.place ?? "lobby";
    this._goTo(place === "room" ? "room" : "lobby");
    this.callNotices.stateChanged(call, this.sound.blocked);
    if (place !== "room") {
      this.lobby.showWaiting(call.state);
      this.lobby.showOwn(this.room.ownStream(this.media.video), this.media.open);
      return;
    }
    const asks = this.recorded && conducts(mySeat(call.state)) ? (runningTurn(call.state)?.turn ?? "") : "";
    this.roll.follow(asks);
    const waiting = asks === "" ? [] : undecided(call.state, this.roll.people);
    this.room.show(call, waiting.length);
    this.consent.show(waiting);
    this.callNotices.lobbyChanged(call, (seat) => void this._conductor.actOnSeat("admit", seat));
    this.latest?.follow(call.state);
    this.desk?.follow(call.state);
  }

  _tick() {
    const call = this.call;
    if (call === null || this.step === "over") return;
    this.callNotices.tick(call, performance.now() / 1000);
    this.room.tick(call.state, call.signaling.sessionTime());
  }

  /** @param {Conductor} conductor */
  _roomView(conductor) {
    return new RoomView({
      recorded: this.recorded,
      wallTime: (sessionTime) => this._wallTime(sessionTime),
      onSeatAct: (act, seat) => void conductor.actOnSeat(act, seat),
      on: {
        microphone: () => this._toggle("microphone"),
        camera: () => this._toggle("camera"),
        hand: () => void this._raiseHand(),
        consent: () => void (this.call && this.consent.open(this.call.state)),
        leave: () => void this._leave(),
        conduct: (action) => void conductor.act(action),
      },
    });
  }

  _desk() {
    return new SecretaryDesk({
      api: this.api,
      events: this.events,
      data: this.data,
      notices: this.notices,
      sessionTime: () => this.call?.signaling.sessionTime() ?? null,
    });
  }

  /** @param {number} sessionTime @returns {number | null} Unix seconds */
  _wallTime(sessionTime) {
    const zero = this.data.session.clock_zero;
    if (zero) return Date.parse(zero) / 1000 + sessionTime;
    const now = this.call?.signaling.sessionTime() ?? null;
    return now === null ? null : Date.now() / 1000 + sessionTime - now;
  }

  // --- the person's own acts --------------------------------------------------------------------------------

  /** @param {"microphone" | "camera"} device */
  _toggle(device) {
    const open = !this.media.open[device];
    if (open && !this._live(device)) {
      this.media.wanted = { ...this.media.wanted, [device]: true };
      void this.media.recover();
    } else this.media.setOpen({ [device]: open });
    this._remember();
    this.render();
  }

  /** @param {"microphone" | "camera"} device */
  _live(device) {
    const track = device === "microphone" ? this.media.audio : this.media.video;
    return track !== null && track.readyState === "live";
  }

  async _open() {
    await this.api.post(`/sessions/${this.data.session.id}/open`).catch((error) => toast(error.message));
  }

  async _raiseHand() {
    const me = this.call === null ? null : mySeat(this.call.state);
    if (me === null) return;
    await this._ask("raise-hand", { raised: me.hand_raised_at === null }).catch((error) => toast(error.message));
  }

  async _leave() {
    const sure = await confirmed({
      title: TEXTS.dialog.leaveTitle,
      body: TEXTS.dialog.leaveBody,
      confirm: TEXTS.dialog.leaveConfirm,
      danger: true,
    });
    if (!sure) return;
    await this.call?.leave();
    this.media.stop();
  }

  async _stayAwake() {
    // A screen that goes dark in the middle of a turn takes the camera with it.
    this._wakeLock = (await navigator.wakeLock?.request("screen").catch(() => null)) ?? null;
  }

  // --- a reload in mid-call brings the person back with the same devices open --------------------------------

  _remember() {
    try {
      sessionStorage.setItem(this._memory, JSON.stringify({ seat: this._seat, open: this.media.wanted }));
    } catch {
      // Without storage the person passes the device check again.
    }
  }

  _forget() {
    try {
      sessionStorage.removeItem(this._memory);
    } catch {
      // Nothing was kept.
    }
  }

  /** @returns {{ seat: string | null, open: { microphone: boolean, camera: boolean } } | null} */
  _remembered() {
    try {
      const stored = JSON.parse(sessionStorage.getItem(this._memory) ?? "null");
      if (typeof stored?.open?.microphone !== "boolean" || typeof stored?.open?.camera !== "boolean") return null;
      return { seat: typeof stored.seat === "string" ? stored.seat : null, open: stored.open };
    } catch {
      return null;
    }
  }
}

const page = new CallPage();

Object.defineProperty(window, "__call", {
  value: Object.freeze({
    get step() {
      return page.step;
    },
    get state() {
      return page.call?.state ?? null;
    },
    get connection() {
      return page.call?.signaling.state ?? "idle";
    },
    get media() {
      return {
        publish: page.call?.publisher.connection?.connectionState ?? "none",
        subscribe: page.call?.subscriber.connection?.connectionState ?? "none",
      };
    },
    get slots() {
      return describeSlots();
    },
    sessionTime: () => page.call?.signaling.sessionTime() ?? null,
    stats: () => collectStats(),
  }),
});

function describeSlots() {
  /** @type {Record<string, { seat: string | null, track: string, muted: boolean }>} */
  const slots = {};
  for (const [slot, receiver] of page.call?.subscriber.receivers ?? []) {
    const seat = page.call?.state.slots[slot] ?? null;
    slots[slot] = { seat, track: receiver.track.readyState, muted: receiver.track.muted };
  }
  return slots;
}

async function collectStats() {
  const publish = await page.call?.publisher.connection?.getStats();
  const subscribe = await page.call?.subscriber.connection?.getStats();
  const received = [...(subscribe?.values() ?? [])];
  /** @type {Record<string, any>} */
  const bySlot = {};
  for (const one of received) if (one.type === "inbound-rtp" && one.mid) bySlot[one.mid] = one;
  return { publish: [...(publish?.values() ?? [])], subscribe: received, bySlot };
}

void page.start();
