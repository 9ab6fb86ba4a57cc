// @ts-check
/** Questions that need an answer, and short news that need none. */

import { append, el, icon } from "./dom.js";
import { TEXTS } from "./texts.js";

/** A line and one action are read in this time. Seconds. */
const TOAST_TIME = 8;

/**
 * @param {object} question
 * @param {string} question.title
 * @param {string} question.body
 * @param {string} question.confirm
 * @param {boolean} [question.danger]
 * @returns {Promise<boolean>}
 */
export function confirmed({ title, body, confirm, danger = false }) {
  return shown(title, [el("p", {}, body)], (close) => [
    el("button", { class: "button", type: "button", onclick: () => close(null) }, TEXTS.dialog.cancel),
    el(
      "button",
      {
        class: danger ? "button button-danger" : "button button-primary",
        type: "button",
        autofocus: true,
        "data-testid": "confirm",
        onclick: () => close(true),
      },
      confirm,
    ),
  ]).then((answer) => answer === true);
}

/**
 * @template T
 * @param {object} question
 * @param {string} question.title
 * @param {{ value: T, label: string, hint: string, sign?: string }[]} question.options
 * @returns {Promise<T | null>} null: nothing was chosen
 */
export function chosen({ title, options }) {
  /** @type {(answer: any) => void} */
  let choose = () => undefined;
  const list = el("ul", { class: "choose-list" });
  for (const option of options) {
    const button = el(
      "button",
      { class: "choose-row", type: "button", "data-testid": "choose", onclick: () => choose({ value: option.value }) },
      icon(option.sign ?? "user"),
      el("span", { class: "row-main" }, el("strong", {}, option.label), el("small", {}, option.hint)),
    );
    list.append(el("li", {}, button));
  }
  return shown(title, [list], (close) => {
    choose = close;
    return [el("button", { class: "button", type: "button", onclick: () => close(null) }, TEXTS.dialog.cancel)];
  }).then((answer) => (answer === null ? null : answer.value));
}

/**
 * @param {object} question
 * @param {string} question.title
 * @param {string} question.label
 * @param {string} question.confirm
 * @param {string} [question.value]
 * @param {string[]} [question.suggestions]
 * @param {boolean} [question.optional]
 * @returns {Promise<string | null>}
 */
export function written({ title, label, confirm, value = "", suggestions = [], optional = false }) {
  const input = el("input", { class: "input", id: "dialog-text", maxlength: "300", value, autocomplete: "off" });
  const chips = el("div", { class: "chips" });
  for (const one of suggestions) {
    chips.append(
      el(
        "button",
        {
          class: "button button-small",
          type: "button",
          onclick: () => {
            input.value = one;
            input.focus();
          },
        },
        one,
      ),
    );
  }
  const field = el("div", { class: "field" }, el("label", { for: "dialog-text" }, label), input, chips);
  return shown(title, [field], (close) => {
    const accept = () => {
      const text = input.value.trim();
      if (text !== "" || optional) close({ text });
      else input.focus();
    };
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault();
      accept();
    });
    return [
      el("button", { class: "button", type: "button", onclick: () => close(null) }, TEXTS.dialog.cancel),
      el("button", { class: "button button-primary", type: "button", "data-testid": "confirm", onclick: accept }, confirm),
    ];
  }).then((answer) => (answer === null ? null : answer.text));
}

/**
 * A dialog with content of its own; closed by its one button.
 * @param {string} title
 * @param {(Node | string)[]} content
 * @returns {Promise<void>}
 */
export async function told(title, content) {
  await shown(title, content, (close) => [
    el("button", { class: "button button-primary", type: "button", onclick: () => close(null) }, TEXTS.dialog.close),
  ]);
}

let dialogNumber = 0;

/**
 * @param {string} title
 * @param {(Node | string)[]} content
 * @param {(close: (answer: any) => void) => Node[]} actions
 * @returns {Promise<any>} the answer; null when it was closed
 */
function shown(title, content, actions) {
  return new Promise((resolve) => {
    const id = `dialog-title-${++dialogNumber}`;
    /** @type {any} */
    let answer = null;
    const dialog = el("dialog", { class: "dialog", "aria-labelledby": id });
    const foot = el("div", { class: "dialog-actions" });
    const close = (/** @type {any} */ value) => {
      answer = value;
      dialog.close();
    };
    append(foot, actions(close));
    dialog.append(el("div", { class: "dialog-body" }, el("h2", { id }, title), ...content), foot);
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(answer);
    });
    (document.fullscreenElement ?? document.body).append(dialog);
    dialog.showModal();
  });
}

/**
 * Short news at the foot of the page; never for errors that need an act.
 * @param {string} text
 * @param {{ label: string, act: () => void }} [action]
 */
export function toast(text, action) {
  let area = document.querySelector(".toast-area");
  if (area === null) {
    area = el("div", { class: "toast-area", role: "status", "aria-live": "polite" });
    document.body.append(area);
  }
  const one = el("div", { class: "toast" }, el("span", {}, text));
  if (action !== undefined) {
    const act = () => {
      action.act();
      one.remove();
    };
    one.append(el("button", { class: "button button-small", type: "button", onclick: act }, action.label));
  }
  area.append(one);
  window.setTimeout(() => one.remove(), TOAST_TIME * 1000);
}
