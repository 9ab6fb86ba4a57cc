// @ts-check
/**
 * Who is large, who is small, and from which slot each picture comes. Pure.
 *
 * @typedef {import("./call_state.js").CallState} CallState
 * @typedef {import("./call_state.js").Seat} Seat
 * @typedef {{ seat: Seat, slot: string | null, mine: boolean }} Picture  slot null: no picture is received for it
 * @typedef {{ large: Picture | null, why: "floor" | "chair" | "other" | "nobody", small: Picture[] }} Arrangement
 */

/**
 * The floor-holder is large; when I hold the floor or nobody does, the chair is; when that is me, the site whose citizens
 * are received, before other officials.
 * @param {CallState} state
 * @returns {Arrangement}
 */
export function arrange(state) {
  const inRoom = state.seats.filter((one) => one.place === "room");
  const others = inRoom.filter((one) => one.seat !== state.me);
  const floor = others.find((one) => one.seat === state.stage?.floor);
  const chair = others.find((one) => one.role === "chair");
  const seen = others.filter((one) => slotOf(state, one.seat) !== null);
  const shown = floor ?? chair ?? seen.find((one) => one.role === "site") ?? seen[0] ?? others[0];
  const why = shown === undefined ? "nobody" : shown === floor ? "floor" : shown === chair ? "chair" : "other";
  const picture = (/** @type {Seat} */ seat) => ({
    seat,
    slot: slotOf(state, seat.seat),
    mine: seat.seat === state.me,
  });
  const me = inRoom.filter((one) => one.seat === state.me);
  const rest = others.filter((one) => one !== shown);
  // Seats with a picture first: there are eight small slots and there may be sixty seats.
  const withPicture = rest.filter((one) => slotOf(state, one.seat) !== null);
  const without = rest.filter((one) => slotOf(state, one.seat) === null);
  return {
    large: shown === undefined ? null : picture(shown),
    why,
    small: [...me, ...withPicture, ...without].map(picture),
  };
}

/**
 * @param {CallState} state
 * @param {string} seat
 * @returns {string | null} the slot that carries this seat's camera; the floor's before the chair's before a small one
 */
export function slotOf(state, seat) {
  const carrying = Object.keys(state.slots).filter((slot) => slot.startsWith("small-") || slot.endsWith("-video"));
  const of = carrying.filter((slot) => slot !== "screen-video" && state.slots[slot] === seat);
  return of.find((one) => one === "floor-video") ?? of.find((one) => one === "chair-video") ?? of[0] ?? null;
}

/**
 * The one state under a picture, the most urgent first.
 * @param {Seat} seat
 * @param {string | null} floor
 * @returns {"lost" | "no-media" | "hand" | "speaking" | "muted" | "open"}
 */
export function footOf(seat, floor) {
  if (!seat.connected) return "lost";
  if (seat.media === "lost") return "no-media";
  if (seat.hand_raised_at !== null) return "hand";
  if (!seat.microphone) return "muted";
  return seat.seat === floor ? "speaking" : "open";
}
