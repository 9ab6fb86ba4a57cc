// @ts-check
/**
 * Which of the conductor's buttons stand in the row, and which one is the solid one. Pure.
 *
 * @typedef {import("./call_state.js").CallState} CallState
 * @typedef {"open" | "start-turn" | "announce" | "give-floor" | "pause" | "resume" | "end-turn" | "close-session"} Act
 * @typedef {{ act: Act, primary: boolean, label: string, hint: string, sign: string, disabled: string, target: string | null }} Action
 *   `disabled`: the reason in words, empty when it can be pressed; `target`: a turn or a seat
 */

import { nextTurn, runningTurn } from "./call_state.js";
import { TEXTS } from "./texts.js";

/**
 * @param {CallState} state
 * @param {boolean} recorded the session's kind is one that is recorded
 * @param {number} waiting people of the turn who were not asked about recording yet
 * @returns {Action[]}
 */
export function conductorActions(state, recorded, waiting) {
  const stage = state.stage;
  if (stage === null || stage.phase === "closed") return [];
  if (stage.phase === "lobby") return [action("open", TEXTS.controls.open, "play", { primary: true })];
  const running = runningTurn(state);
  if (running === null || (stage.turn_state !== "running" && stage.turn_state !== "paused")) return betweenTurns(state);
  const paused = stage.turn_state === "paused";
  const toAnnounce = recorded && !stage.announced;
  /** @type {Action[]} */
  const actions = [];
  if (paused) actions.push(action("resume", TEXTS.controls.resume, "play", { primary: true }));
  else if (toAnnounce) actions.push(announcement(waiting));
  actions.push(floor(state, !paused && !toAnnounce));
  if (!paused) actions.push(action("pause", TEXTS.controls.pause, "pause"));
  actions.push(action("end-turn", TEXTS.controls.endTurn, "check", { target: running.turn }));
  return actions;
}

/** @param {CallState} state */
function betweenTurns(state) {
  const next = nextTurn(state);
  const close = action("close-session", TEXTS.controls.closeSession, "stop", { primary: next === null });
  if (next === null) return [close];
  const label = next.number === 1 ? TEXTS.controls.startTurn(1) : TEXTS.controls.nextTurn(next.number);
  return [action("start-turn", label, "next", { primary: true, hint: next.title, target: next.turn }), close];
}

/** @param {number} waiting */
function announcement(waiting) {
  return action("announce", TEXTS.controls.announce, "record", {
    primary: true,
    hint: waiting > 0 ? TEXTS.controls.reason.undecided(waiting) : TEXTS.controls.announceHint,
    disabled: waiting > 0 ? TEXTS.controls.reason.undecided(waiting) : "",
  });
}

/** @param {CallState} state @param {boolean} primary */
function floor(state, primary) {
  const hands = state.seats
    .filter((one) => one.place === "room" && one.hand_raised_at !== null && one.seat !== state.stage?.floor)
    .sort((a, b) => Number(a.hand_raised_at) - Number(b.hand_raised_at));
  const first = hands[0];
  return action("give-floor", TEXTS.controls.giveFloor, "floor", {
    primary,
    hint: first === undefined ? TEXTS.controls.giveFloorHint : first.name,
    target: first?.seat ?? null,
  });
}

/**
 * @param {Act} act
 * @param {string} label
 * @param {string} sign
 * @param {{ primary?: boolean, hint?: string, disabled?: string, target?: string | null }} [more]
 * @returns {Action}
 */
function action(act, label, sign, { primary = false, hint = "", disabled = "", target = null } = {}) {
  return { act, primary, label, hint, sign, disabled, target };
}
