// @ts-check
/** Times and names as people read them. Pure. */

/** Offices of Lạng Sơn keep Indochina time whatever the tablet believes. */
const ZONE = "Asia/Ho_Chi_Minh";
const clock = new Intl.DateTimeFormat("en-GB", { timeZone: ZONE, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const clockSeconds = new Intl.DateTimeFormat("en-GB", {
  timeZone: ZONE,
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});

/** @param {number} unix seconds @returns {string} "14:05" */
export function clockTime(unix) {
  return clock.format(new Date(unix * 1000));
}

/** @param {number} unix seconds @returns {string} "14:05:09" */
export function clockTimeWithSeconds(unix) {
  return clockSeconds.format(new Date(unix * 1000));
}

/**
 * @param {number} seconds
 * @returns {string} "05:12", from an hour on "1:06:12"
 */
export function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${two(minutes)}:${two(whole % 60)}`;
}

/** Names never break inside. @param {string} text */
export function unbroken(text) {
  return text.replace(/ /g, "\u00a0");
}

/**
 * For finding names without typing marks: NFC, lower case, đ → d, marks off; the same folding as the hub's search.
 * @param {string} text
 */
export function folded(text) {
  return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase().replace(/đ/g, "d");
}
