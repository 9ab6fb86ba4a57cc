// @ts-check
/**
 * The line that is being typed: when it began, who speaks, what kind it is. Pure; the page only shows it.
 *
 * @typedef {{ turn: string, sessionTime: number | null, typedAt: string }} Mark  where a line has its place in the recording
 * @typedef {{ text: string, kind: string, speaker: string, attendance: string | null, interpreter: boolean,
 *   chosen: boolean, mark: Mark | null, nextMark: Mark | null }} Draft
 *   `chosen`: the person chose the speaker, so the floor does not change it
 */

export const KINDS = ["statement", "question", "answer", "evidence", "conclusion", "task"];

/** @returns {Draft} */
export function emptyDraft() {
  return { text: "", kind: "statement", speaker: "", attendance: null, interpreter: false, chosen: false, mark: null, nextMark: null };
}

/**
 * A key went down: the first one gives the line its time.
 * @param {Draft} draft
 * @param {string} text what stands in the field now
 * @param {() => Mark} mark
 * @param {boolean} marked the mark key was pressed for this line: its time stays when the words go
 * @returns {Draft}
 */
export function typed(draft, text, mark, marked) {
  if (text.trim() === "") return { ...draft, text, mark: marked ? draft.mark : null };
  return { ...draft, text, mark: draft.mark ?? mark() };
}

/**
 * The mark key: this moment is the time of the line; while one is being typed, of the next.
 * @param {Draft} draft
 * @param {Mark} mark
 * @returns {Draft}
 */
export function marked(draft, mark) {
  return draft.text.trim() === "" ? { ...draft, mark } : { ...draft, nextMark: mark };
}

/**
 * Enter: the line goes out, the next begins. Kind and speaker stay chosen by hand only for one line; the kind stays.
 * @param {Draft} draft
 * @returns {Draft}
 */
export function afterSaving(draft) {
  return { ...emptyDraft(), kind: draft.kind === "conclusion" || draft.kind === "task" ? "statement" : draft.kind, mark: draft.nextMark };
}

/**
 * Who has the floor speaks, unless the person chose otherwise or has begun to type.
 * @param {Draft} draft
 * @param {{ name: string, attendance: string | null, interpreter: boolean } | null} holder
 * @returns {Draft}
 */
export function withFloor(draft, holder) {
  if (draft.chosen || draft.text.trim() !== "") return draft;
  if (holder === null) return { ...draft, speaker: "", attendance: null, interpreter: false };
  return { ...draft, speaker: holder.name, attendance: holder.attendance, interpreter: holder.interpreter };
}

/**
 * An `@` at the start of a word before the cursor opens the menu of speakers.
 * @param {string} text
 * @param {number} cursor
 * @returns {{ from: number, query: string } | null}
 */
export function speakerQuery(text, cursor) {
  const match = /(^|\s)@([^\s@]*(?: [^\s@]*){0,3})$/.exec(text.slice(0, cursor));
  if (match === null) return null;
  return { from: match.index + match[1].length, query: match[2] };
}
