// @ts-check
/** Cards that stay until their cause is gone: what happened, what is safe, what comes next. */

import { el, icon } from "./dom.js";

/**
 * @typedef {object} Notice
 * @property {"danger" | "wait" | "now" | "ready"} kind
 * @property {string} title what happened
 * @property {string[]} [lines] what is safe; what the system or the person does now
 * @property {{ label: string, act: () => void }} [action]
 */

const SIGNS = { danger: "warning", wait: "clock", now: "info", ready: "check" };

export class Notices {
  /** @param {HTMLElement} area an element with aria-live="polite" */
  constructor(area) {
    this._area = area;
    /** @type {Map<string, { element: HTMLElement, text: string }>} */
    this._shown = new Map();
  }

  /** @param {string} key @param {Notice | null} notice null takes it away */
  set(key, notice) {
    const before = this._shown.get(key);
    if (notice === null) {
      before?.element.remove();
      this._shown.delete(key);
      return;
    }
    const text = JSON.stringify([notice.kind, notice.title, notice.lines, notice.action?.label]);
    if (before?.text === text) return;
    const element = build(key, notice);
    if (before !== undefined) before.element.replaceWith(element);
    else this._area.append(element);
    this._shown.set(key, { element, text });
  }

  /** @param {string} key */
  has(key) {
    return this._shown.has(key);
  }
}

/** @param {string} key @param {Notice} notice */
function build(key, notice) {
  const style = notice.kind === "now" ? "message" : `message message-${notice.kind}`;
  return el(
    "div",
    { class: style, "data-notice": key },
    icon(SIGNS[notice.kind]),
    el("div", {}, el("strong", {}, notice.title), ...(notice.lines ?? []).map((line) => el("p", {}, line))),
    notice.action &&
      el(
        "div",
        { class: "message-actions" },
        el("button", { class: "button button-small", type: "button", onclick: notice.action.act }, notice.action.label),
      ),
  );
}
