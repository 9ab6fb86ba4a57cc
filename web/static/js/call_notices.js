// @ts-check
/** What the person must know about the call right now, in words that stay until the cause is gone. */

import { conducts, mySeat, runningTurn } from "./call_state.js";
import { toast } from "./dialogs.js";
import { clockTime } from "./format.js";
import { TEXTS } from "./texts.js";

/**
 * @typedef {import("./call.js").Call} Call
 * @typedef {import("./notices.js").Notices} Notices
 */

/** A gap of two seconds mends itself and needs no word. Seconds. */
const OFFLINE_BEFORE_NOTICE = 2.5;
/** An open microphone that gives nothing at all for so long is switched off somewhere. Seconds. */
const SILENCE_BEFORE_NOTICE = 12;

export class CallNotices {
  /**
   * @param {Notices} notices
   * @param {object} acts
   * @param {() => void} acts.recover opens lost devices again
   * @param {() => void} acts.unblock lets the browser play sound
   */
  constructor(notices, acts) {
    this._notices = notices;
    this._acts = acts;
    this._offlineSince = 0;
    this._mediaLostSince = 0;
    this._silentSince = 0;
    /** @type {{ turn: string | null, floor: string | null, recording: string }} */
    this._before = { turn: null, floor: null, recording: "off" };
    this._first = true;
    /** @type {Set<string>} seats in the lobby that were told of */
    this._waiting = new Set();
    this._title = document.title;
  }

  /** The conductor closed this seat's microphone. */
  muted() {
    this._notices.set("muted", { kind: "wait", title: TEXTS.notice.muted, lines: [TEXTS.notice.mutedNext] });
  }

  /** @param {Call} call @param {boolean} soundBlocked */
  stateChanged(call, soundBlocked) {
    const { stage, me } = call.state;
    if (call.media.open.microphone) this._notices.set("muted", null);
    this._devices(call);
    this._notices.set(
      "sound",
      soundBlocked
        ? {
            kind: "wait",
            title: TEXTS.notice.soundBlocked,
            lines: [TEXTS.notice.soundBlockedNext],
            action: { label: TEXTS.notice.unblockSound, act: this._acts.unblock },
          }
        : null,
    );
    if (stage === null) return;
    this._notices.set(
      "paused",
      stage.turn_state === "paused"
        ? {
            kind: "wait",
            title: TEXTS.notice.pausedTitle,
            lines: [stage.paused_reason && TEXTS.notice.pausedReason(stage.paused_reason), TEXTS.notice.pausedSafe].filter(Boolean),
          }
        : null,
    );
    this._notices.set(
      "recording",
      stage.recording === "failed"
        ? {
            kind: "danger",
            title: TEXTS.notice.recordingFailed,
            lines: [stage.recording_problem, TEXTS.notice.recordingFailedSafe].filter(Boolean),
          }
        : null,
    );
    const yours = stage.floor !== null && stage.floor === me;
    this._notices.set(
      "floor",
      yours && !call.media.open.microphone
        ? { kind: "now", title: TEXTS.notice.floorYours, lines: [TEXTS.notice.floorMuted] }
        : null,
    );
    this._news(call);
  }

  /**
   * Nobody waits unheard at the door: a word for each who comes, and their number in the window's title.
   * @param {Call} call
   * @param {(seat: import("./call_state.js").Seat) => void} admit
   */
  lobbyChanged(call, admit) {
    const lobby = conducts(mySeat(call.state)) ? call.state.seats.filter((one) => one.place === "lobby" && one.connected) : [];
    for (const seat of lobby) {
      if (this._waiting.has(seat.seat)) continue;
      toast(TEXTS.notice.waits(seat.name), { label: TEXTS.people.admit, act: () => admit(seat) });
    }
    this._waiting = new Set(lobby.map((one) => one.seat));
    const title = lobby.length > 0 ? `(${lobby.length}) ${this._title}` : this._title;
    if (document.title !== title) document.title = title;
  }

  /** Called some times a second. @param {Call} call @param {number} now seconds */
  tick(call, now) {
    const offline = call.signaling.state === "offline" || call.signaling.state === "connecting";
    if (!offline) this._offlineSince = 0;
    else if (this._offlineSince === 0) this._offlineSince = now;
    const told = offline && now - this._offlineSince >= OFFLINE_BEFORE_NOTICE;
    if (!told) {
      if (this._notices.has("offline")) toast(TEXTS.backOnline);
      this._notices.set("offline", null);
    } else if (!this._notices.has("offline")) {
      this._notices.set("offline", {
        kind: "danger",
        title: TEXTS.offlineTitle(clockTime(Date.now() / 1000 - (now - this._offlineSince))),
        lines: [TEXTS.offlineSafe, TEXTS.offlineNext],
      });
    }
    this._media(call, now, told);
  }

  /**
   * A quiet room still has noise; a microphone that gives nothing at all is switched off by a key of its own.
   * @param {boolean} dead
   * @param {boolean} open
   * @param {number} now seconds
   */
  heard(dead, open, now) {
    if (!open || !dead) this._silentSince = now;
    const silent = open && this._silentSince > 0 && now - this._silentSince > SILENCE_BEFORE_NOTICE;
    this._notices.set(
      "silent",
      silent
        ? {
            kind: "wait",
            title: TEXTS.notice.silent,
            lines: [TEXTS.notice.silentNext],
            action: { label: TEXTS.notice.reopenMicrophone, act: this._acts.recover },
          }
        : null,
    );
  }

  /** @param {Call} call @param {number} now @param {boolean} offline */
  _media(call, now, offline) {
    const joined = mySeat(call.state)?.place === "room";
    const lost = joined && !offline && !call.mediaConnected;
    if (!lost) this._mediaLostSince = 0;
    else if (this._mediaLostSince === 0) this._mediaLostSince = now;
    const told = lost && now - this._mediaLostSince >= OFFLINE_BEFORE_NOTICE;
    this._notices.set(
      "media",
      told ? { kind: "wait", title: TEXTS.mediaLostTitle, lines: [TEXTS.mediaLostSafe, TEXTS.mediaLostNext] } : null,
    );
  }

  /** @param {Call} call */
  _devices(call) {
    const { problems, wanted } = call.media;
    for (const device of /** @type {const} */ (["microphone", "camera"])) {
      const problem = problems[device];
      const told = wanted[device] && (problem === "ended" || problem === "interrupted");
      this._notices.set(
        device,
        told
          ? {
              kind: "wait",
              title: TEXTS.notice.deviceLost(TEXTS[device]),
              lines: [TEXTS.notice.deviceLostSafe, TEXTS.problem[problem]],
              action: { label: TEXTS.notice.reopen, act: this._acts.recover },
            }
          : null,
      );
    }
  }

  /** Short news about turns, floor and recording. @param {Call} call */
  _news(call) {
    const { stage, me } = call.state;
    if (stage === null) return;
    const before = this._before;
    const running = stage.turn_state === "running" || stage.turn_state === "paused";
    const turn = running ? stage.turn : null;
    this._before = { turn, floor: stage.floor, recording: stage.recording };
    if (this._first) {
      this._first = false;
      return;
    }
    if (turn !== before.turn) {
      const ended = stage.turns.find((one) => one.turn === before.turn);
      const started = runningTurn(call.state);
      if (turn !== null && started !== null) toast(TEXTS.notice.turnStarted(started.number));
      else if (ended !== undefined) toast(TEXTS.notice.turnEnded(ended.number));
    }
    if (stage.floor !== before.floor && stage.floor === me && me !== null) toast(TEXTS.notice.floorYours);
    if (stage.recording === "recording" && before.recording === "off") toast(TEXTS.notice.recordingStarted);
  }
}
