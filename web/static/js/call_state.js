// @ts-check
/**
 * What the node told this seat, as one value. Pure: `reduce(state, message)` returns the next state.
 * Shapes of seats, stage and turns are those of signaling/protocol/browser.py.
 *
 * @typedef {{ attendance: string, name: string, capacity: string, interpreter: boolean, consent: string }} Person
 * @typedef {{ seat: string, name: string, site: string, role: string, place: "lobby" | "waiting" | "room",
 *   connected: boolean, media: string, microphone: boolean, camera: boolean, hand_raised_at: number | null,
 *   recorded: string, people: Person[] }} Seat
 * @typedef {{ turn: string, number: number, title: string, state: string, seats: string[] }} Turn
 * @typedef {{ phase: string, turn: string | null, turn_state: string | null, turn_since: number | null,
 *   paused_reason: string, announced: boolean, floor: string | null, floor_since: number | null, recording: string,
 *   recording_since: number | null, recording_problem: string, turns: Turn[] }} Stage
 * @typedef {{ me: string | null, generation: number, stage: Stage | null, seats: Seat[], slots: Record<string, string> }} CallState
 */

const CONDUCTORS = new Set(["chair", "secretary", "dispatcher"]);

/** @returns {CallState} */
export function emptyState() {
  return { me: null, generation: 0, stage: null, seats: [], slots: {} };
}

/**
 * @param {CallState} state
 * @param {any} message a message of the node
 * @returns {CallState} the same object when nothing changed
 */
export function reduce(state, message) {
  switch (message.type) {
    case "welcome":
      return { ...state, me: message.seat, generation: message.generation };
    case "room-state":
      return { ...state, stage: message.stage, seats: message.seats, slots: message.slots };
    case "stage-updated":
      return { ...state, stage: message.stage };
    case "slots-updated":
      return { ...state, slots: message.slots };
    case "seat-updated":
      return { ...state, seats: withSeat(state.seats, message.seat) };
    case "seat-removed":
      return { ...state, seats: state.seats.filter((one) => one.seat !== message.seat) };
    default:
      return state;
  }
}

/** @param {Seat[]} seats @param {Seat} seat @returns {Seat[]} one entry for each seat, in the order they came */
function withSeat(seats, seat) {
  const at = seats.findIndex((one) => one.seat === seat.seat);
  if (at < 0) return [...seats, seat];
  return [...seats.slice(0, at), seat, ...seats.slice(at + 1)];
}

/** @param {CallState} state @returns {Seat | null} */
export function mySeat(state) {
  return state.seats.find((one) => one.seat === state.me) ?? null;
}

/** @param {CallState} state @param {string | null} id @returns {Seat | null} */
export function seatOf(state, id) {
  return id === null ? null : (state.seats.find((one) => one.seat === id) ?? null);
}

/** @param {Seat | null} seat */
export function conducts(seat) {
  return seat !== null && CONDUCTORS.has(seat.role);
}

/** @param {CallState} state @returns {Turn | null} the turn that runs or is paused */
export function runningTurn(state) {
  const id = state.stage?.turn ?? null;
  return state.stage?.turns.find((one) => one.turn === id) ?? null;
}

/** @param {CallState} state @returns {Turn | null} */
export function nextTurn(state) {
  return state.stage?.turns.find((one) => one.state === "waiting") ?? null;
}

/**
 * People of the running turn who were not asked yet, here or still on their way. The node knows best about those here.
 * @param {CallState} state
 * @param {import("./turn_roll.js").OnRoll[]} [roll]
 * @returns {{ attendance: string, name: string, capacity: string, place: string }[]}
 */
export function undecided(state, roll = []) {
  const here = state.seats.flatMap((seat) => seat.people.map((person) => ({ ...person, place: seat.site })));
  const known = new Set(here.map((one) => one.attendance));
  const away = roll.filter((one) => !known.has(one.attendance)).map((one) => ({ ...one, place: "" }));
  return [...here, ...away]
    .filter((one) => one.consent === "undecided")
    .map(({ attendance, name, capacity, place }) => ({ attendance, name, capacity, place }));
}

/**
 * What the whole seat is called: the one person who sits there, else the seat's own name.
 * @param {Seat} seat
 */
export function speakerOf(seat) {
  const speakers = seat.people.filter((one) => !one.interpreter);
  return speakers.length === 1 ? speakers[0] : null;
}
