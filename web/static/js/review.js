// @ts-check
/**
 * The review page of a turn (templates/review.html): the recording beside its minutes.
 *
 * For tests `window.__review` shows: `position` (seconds from the recording's start), `sessionTime`, `playing`, `buffering`,
 * `drifts` (element time − clock, seconds, by file), `current` (line id).
 */

import { Api } from "./api.js";
import { toast } from "./dialogs.js";
import { el, fill, icon, must, setText } from "./dom.js";
import { duration } from "./format.js";
import { LanesView } from "./lanes_view.js";
import { MinutesBook } from "./minutes_book.js";
import { Notices } from "./notices.js";
import { readPageData } from "./page_data.js";
import { Player } from "./player.js";
import { ReviewFoot } from "./review_foot.js";
import { ReviewLinesView } from "./review_lines_view.js";
import { ReviewMarks } from "./review_marks.js";
import { ReviewPictures } from "./review_pictures.js";
import { inOrder, lineAt, neighbour, nextUnheard, placeOf } from "./review_rules.js";
import { SessionEvents } from "./session_events.js";
import { TEXTS } from "./texts.js";

/** Speech begins before the secretary's first key; so far before a line playback starts unless the person chose otherwise. Seconds. */
const LEAD = 4;
const LEADS = [0, 2, 4, 6, 8];
const RATES = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2];
const JUMP = 5;
/** Media are made in the background; the event stream says when, this asks in case it did not. Seconds. */
const POLL_INTERVAL = 3;
const LEAD_MEMORY = "diem-cau.review.lead";

class ReviewPage {
  constructor() {
    this.data = readPageData();
    this.turn = this.data.turn?.id ?? "";
    this.api = new Api(this.data.api, this.data.csrf);
    this.events = new SessionEvents(this.api, this.data.session.id);
    this.notices = new Notices(must("#notices", HTMLElement));
    this.book = new MinutesBook(this.api, this.events);
    /** @type {Player | null} */
    this.player = null;
    /** @type {any} */
    this.recording = null;
    /** @type {LanesView | null} */
    this.lanes = null;
    /** @type {ReviewPictures | null} */
    this.pictures = null;
    /** @type {string | null} */
    this.current = null;
    /** A line that was opened stays current until playback reaches the next one. @type {{ id: string, until: number } | null} */
    this._opened = null;
    this._polling = 0;
    this.marks = new ReviewMarks({
      api: this.api,
      book: this.book,
      turn: this.turn,
      mayReview: this.data.may_review === true,
      now: () => this.sessionTime,
      onMoved: (id, anchor) => this._anchorMoved(id, anchor),
    });
    this.foot = new ReviewFoot(this.data.may_review === true, {
      nextUnheard: () => this._nextUnheard(),
      signOff: () => void this.marks.signOff(),
    });
    /** @type {Map<string, string>} attendance → seat */
    this._seats = new Map();
    this.lines = new ReviewLinesView(must("#review-lines", HTMLElement), {
      open: (id) => this.openLine(id),
      act: (id, act) => void this.marks.act(id, act),
      wallTime: (line) => this._wallTime(line),
    });
  }

  start() {
    this._buildControls();
    this.book.addEventListener("change", () => this.render());
    this.events.addEventListener("snapshot", () => void this._loadRecording());
    this.events.addEventListener("changed", (event) => {
      if (/** @type {CustomEvent} */ (event).detail.what === "recording") void this._loadRecording();
    });
    document.addEventListener("keydown", (event) => this._key(event));
    this.book.follow(this.turn);
    void this._loadRecording();
    this.events.start();
  }

  // --- the recording ----------------------------------------------------------------------------------------

  async _loadRecording() {
    if (this.player !== null) return;
    window.clearTimeout(this._polling);
    let recording = null;
    try {
      recording = await this.api.get(`/turns/${this.turn}/recording`);
    } catch (error) {
      const { status } = /** @type {any} */ (error);
      if (status !== 404) this._pollAgain();
      this._showWaiting(status === 404 ? "none" : "complete");
      return;
    }
    if (this.player !== null) return;
    if (recording.state === "ready") this._openRecording(recording);
    else {
      this._showWaiting(recording.state);
      this._pollAgain();
    }
  }

  _pollAgain() {
    window.clearTimeout(this._polling);
    this._polling = window.setTimeout(() => void this._loadRecording(), POLL_INTERVAL * 1000);
  }

  /** @param {"writing" | "complete" | "failed" | "none"} state */
  _showWaiting(state) {
    must("#review-waiting", HTMLElement).hidden = false;
    must("#review-media", HTMLElement).hidden = true;
    must("#review-progress", HTMLElement).hidden = state === "none" || state === "failed";
    setText(must("#review-waiting-title", HTMLElement), TEXTS.review.waitingTitle);
    setText(must("#review-waiting-words", HTMLElement), TEXTS.review.waiting[state] ?? TEXTS.review.waiting.complete);
    this.foot.show(this.book, this.marks.allowed);
  }

  /** @param {any} recording */
  _openRecording(recording) {
    this.recording = { gaps: [], ...recording };
    const player = new Player(recording.files, recording.duration);
    this.player = player;
    void this._loadPeople();
    must("#review-waiting", HTMLElement).hidden = true;
    must("#review-media", HTMLElement).hidden = false;
    this.pictures = new ReviewPictures(must("#review-pictures", HTMLElement), recording.files, player);
    this.lanes = new LanesView(must("#lanes", HTMLElement), this.recording, {
      seek: (position) => this._seek(position),
      line: (id) => this.openLine(id),
    });
    this._showSign();
    player.addEventListener("change", () => this.render());
    const frame = () => {
      this._tick();
      window.requestAnimationFrame(frame);
    };
    frame();
    this.render();
  }

  /** Who sat where: the line's speaker is shown large. */
  async _loadPeople() {
    const turn = await this.api.get(`/turns/${this.turn}`).catch(() => null);
    if (turn === null) return;
    this._seats = new Map(turn.people.map((/** @type {any} */ one) => [one.attendance, one.seat]));
    const site = turn.seats.find((/** @type {any} */ one) => one.role === "site");
    if (site !== undefined && this.current === null) this.pictures?.follow(site.id);
  }

  _showSign() {
    const problems = this.recording.gaps.filter((/** @type {any} */ one) => one.kind !== "pause").length;
    const sign = must("#recording-state", HTMLElement);
    sign.hidden = false;
    sign.className = problems > 0 ? "chip chip-wait" : "chip chip-ready";
    fill(sign, icon(problems > 0 ? "warning" : "check"), problems > 0 ? TEXTS.review.problems(problems) : TEXTS.review.complete);
  }

  // --- moving about -----------------------------------------------------------------------------------------

  /** Session time of what is heard now, seconds. */
  get sessionTime() {
    return this.player === null ? null : this.recording.start_session_time + this.player.position;
  }

  /** @param {string} id */
  openLine(id) {
    const line = this.book.line(id);
    if (line === undefined) return;
    const place = placeOf(line);
    this.current = id;
    const seat = this._seats.get(line.speaker_attendance);
    if (seat !== undefined) this.pictures?.follow(seat);
    if (this.player !== null && place !== null) {
      const lines = inOrder(this.book.lines);
      const next = neighbour(lines, id, 1);
      const nextPlace = next === null || next.id === id ? null : placeOf(next);
      // A line from before the recording is never reached by playing: it stays open until the person moves on.
      const reached = nextPlace !== null && nextPlace > place && place >= this.recording.start_session_time;
      const until = reached ? nextPlace : Number.POSITIVE_INFINITY;
      this._opened = { id, until };
      this.player.seek(Math.max(0, place - this._lead() - this.recording.start_session_time));
      this.player.play();
    }
    this.render();
  }

  /** The line that is open stays open although its place has changed. @param {string} id @param {number} anchor */
  _anchorMoved(id, anchor) {
    if (this._opened !== null && this._opened.id === id) this._opened.until = Math.max(this._opened.until, anchor);
    toast(TEXTS.review.anchorMoved(duration(anchor - this.recording.start_session_time)));
  }

  /** @param {number} position */
  _seek(position) {
    this._opened = null;
    this.player?.seek(position);
  }

  /** @param {number} by */
  _step(by) {
    const next = neighbour(inOrder(this.book.lines), this.current, by);
    if (next !== null) this.openLine(next.id);
  }

  _toggle() {
    if (this.player === null) return;
    if (this.player.playing) this.player.pause();
    else this.player.play();
  }

  _lead() {
    return Number(must("#lead", HTMLSelectElement).value);
  }

  // --- showing ----------------------------------------------------------------------------------------------

  _tick() {
    const player = this.player;
    if (player === null) return;
    const time = /** @type {number} */ (this.sessionTime);
    if (this._opened !== null && time >= this._opened.until) this._opened = null;
    if (this._opened === null) {
      const heard = player.playing ? (lineAt(inOrder(this.book.lines), time)?.id ?? this.current) : this.current;
      if (heard !== this.current) {
        this.current = heard;
        this.render();
      }
    }
    this.pictures?.show(player.position);
    this.lanes?.show(player.position, this.pictures?.large ?? null);
    setText(must("#player-position", HTMLElement), duration(player.position));
  }

  render() {
    const lines = inOrder(this.book.lines);
    this.lines.show(lines, this.current, { hearing: this.player?.playing === true, mayReview: this.marks.allowed });
    this.lanes?.showLines(lines, this.current);
    this._renderPlayer();
    this.foot.show(this.book, this.marks.allowed);
  }

  _renderPlayer() {
    const player = this.player;
    if (player === null) return;
    const button = must("#play", HTMLButtonElement);
    const words = player.playing ? (player.buffering ? TEXTS.review.buffering : TEXTS.review.pause) : TEXTS.review.play;
    if (button.dataset.words !== words) {
      button.dataset.words = words;
      fill(button, icon(player.playing ? "pause" : "play"), words, el("kbd", { class: "key" }, "Cách"));
    }
    setText(must("#player-duration", HTMLElement), ` / ${duration(player.duration)}`);
  }

  _buildControls() {
    const on = (/** @type {string} */ id, /** @type {() => void} */ act) => {
      must(id, HTMLButtonElement).onclick = act;
    };
    on("#play", () => this._toggle());
    on("#back", () => this._seek((this.player?.position ?? 0) - JUMP));
    on("#previous-line", () => this._step(-1));
    on("#next-line", () => this._step(1));
    const rate = must("#rate", HTMLSelectElement);
    fill(rate, ...RATES.map((one) => el("option", { value: String(one) }, TEXTS.review.speed(String(one).replace(".", ",")))));
    rate.value = "1";
    rate.onchange = () => this.player?.setRate(Number(rate.value));
    const lead = must("#lead", HTMLSelectElement);
    fill(lead, ...LEADS.map((one) => el("option", { value: String(one) }, TEXTS.review.lead(one))));
    const kept = Number(localStorage.getItem(LEAD_MEMORY) ?? LEAD);
    lead.value = String(LEADS.includes(kept) ? kept : LEAD);
    lead.onchange = () => localStorage.setItem(LEAD_MEMORY, lead.value);
  }

  _nextUnheard() {
    const next = nextUnheard(inOrder(this.book.lines), this.current);
    if (next !== null) this.openLine(next.id);
  }

  /** @param {KeyboardEvent} event */
  _key(event) {
    const target = event.target;
    const typing = target instanceof HTMLElement && target.closest("input:not([type=range]), textarea, select, dialog") !== null;
    if (typing || event.ctrlKey || event.altKey || event.metaKey || document.querySelector("dialog[open]") !== null) return;
    // A focused button keeps its own space bar.
    if (event.key === " " && target instanceof HTMLButtonElement && !target.classList.contains("review-line-open")) return;
    const act = this._keys()[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  }

  /** @returns {Record<string, () => void>} */
  _keys() {
    const mark = (/** @type {"correct" | "needs_correction" | "anchor"} */ act) => () => {
      if (this.current !== null) void this.marks.act(this.current, act);
    };
    return {
      " ": () => this._toggle(),
      ArrowLeft: () => this._seek((this.player?.position ?? 0) - JUMP),
      ArrowRight: () => this._seek((this.player?.position ?? 0) + JUMP),
      ArrowUp: () => this._step(-1),
      ArrowDown: () => this._step(1),
      d: mark("correct"),
      s: mark("needs_correction"),
      m: mark("anchor"),
      n: () => this._nextUnheard(),
    };
  }

  /** @param {any} line @returns {number | null} Unix seconds */
  _wallTime(line) {
    const place = placeOf(line);
    const iso = this.data.session.clock_zero;
    const zero = this.recording?.clock_zero ?? (iso ? Date.parse(iso) / 1000 : null);
    if (place === null || zero === null) return Date.parse(line.typed_at) / 1000;
    return zero + place;
  }
}

const page = new ReviewPage();

Object.defineProperty(window, "__review", {
  value: Object.freeze({
    get position() {
      return page.player?.position ?? null;
    },
    get sessionTime() {
      return page.sessionTime;
    },
    get playing() {
      return page.player?.playing ?? false;
    },
    get buffering() {
      return page.player?.buffering ?? false;
    },
    get current() {
      return page.current;
    },
    get drifts() {
      const player = page.player;
      if (player === null) return {};
      return Object.fromEntries([...player.elements].map(([id, element]) => [id, element.currentTime - player.position]));
    },
  }),
});

page.start();
