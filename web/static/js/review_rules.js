// @ts-check
/** Which line is heard now, which comes next, what is still to do. Pure. Times are session time in seconds. */

/** @typedef {{ id: string, position: number, session_time: number | null, anchor: number | null, check: string }} Line */

/** @param {Line} line @returns {number | null} where the line is in the recording */
export function placeOf(line) {
  return line.anchor ?? line.session_time;
}

/** @param {any[]} lines @returns {any[]} in the order of the minutes */
export function inOrder(lines) {
  return [...lines].sort((a, b) => a.position - b.position);
}

/**
 * The line whose words are being heard: the last one whose place has been reached.
 * @param {Line[]} lines in order
 * @param {number} time
 */
export function lineAt(lines, time) {
  let found = null;
  for (const line of lines) {
    const place = placeOf(line);
    if (place !== null && place <= time && (found === null || place >= Number(placeOf(found)))) found = line;
  }
  return found;
}

/**
 * @param {Line[]} lines in order
 * @param {string | null} from id of the line to start after
 * @returns {Line | null} the next unheard line, from the top again at the end
 */
export function nextUnheard(lines, from) {
  const at = lines.findIndex((one) => one.id === from);
  const turned = [...lines.slice(at + 1), ...lines.slice(0, at + 1)];
  return turned.find((one) => one.check === "unheard") ?? null;
}

/** @param {Line[]} lines @param {string | null} from @param {number} by @returns {Line | null} */
export function neighbour(lines, from, by) {
  const at = lines.findIndex((one) => one.id === from);
  if (at < 0) return lines[by > 0 ? 0 : lines.length - 1] ?? null;
  return lines[Math.min(lines.length - 1, Math.max(0, at + by))] ?? null;
}

/** @param {Line[]} lines @returns {{ correct: number, needs_correction: number, unheard: number }} */
export function counted(lines) {
  const counts = { correct: 0, needs_correction: 0, unheard: 0 };
  for (const line of lines) {
    if (line.check === "correct") counts.correct += 1;
    else if (line.check === "needs_correction") counts.needs_correction += 1;
    else counts.unheard += 1;
  }
  return counts;
}

/**
 * Marks of the time scale: five to nine round times.
 * @param {number} from @param {number} to Unix seconds
 * @returns {number[]}
 */
export function ticks(from, to) {
  const steps = [5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];
  const step = steps.find((one) => (to - from) / one <= 8) ?? 7200;
  const found = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) found.push(at);
  return found;
}
