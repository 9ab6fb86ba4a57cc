// @ts-check
/** The plan's form with a script: sites are found by typing, and a case brings its own commune along. */

/** @param {string} text lower case, without marks, đ as d */
export function folded(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replaceAll("đ", "d").trim();
}

/** @param {HTMLElement} turn */
function walkTurn(turn) {
  const filter = turn.querySelector("input[data-filter]");
  const count = turn.querySelector("[data-count]");
  const choice = turn.querySelector("select[data-case]");
  const labels = [...turn.querySelectorAll("[data-sites] label")].filter((label) => label instanceof HTMLLabelElement);
  turn.querySelector("[data-filter-box]")?.removeAttribute("hidden");

  /** @param {HTMLLabelElement} label */
  const box = (label) => /** @type {HTMLInputElement} */ (label.querySelector("input"));

  const show = () => {
    const words = folded(filter instanceof HTMLInputElement ? filter.value : "").split(/\s+/).filter(Boolean);
    for (const label of labels) {
      const name = folded(label.textContent ?? "");
      label.hidden = !box(label).checked && !words.every((word) => name.includes(word));
    }
    const chosen = labels.filter((label) => box(label).checked).length;
    if (count) count.textContent = chosen > 0 ? `· đã chọn ${chosen}` : "";
  };

  filter?.addEventListener("input", show);
  filter?.addEventListener("keydown", (event) => {
    // Enter in the search box takes the only site left, and never sends the form.
    if (!(event instanceof KeyboardEvent) || event.key !== "Enter") return;
    event.preventDefault();
    const left = labels.filter((label) => !label.hidden && !box(label).checked);
    if (left.length === 1) {
      box(left[0]).checked = true;
      if (filter instanceof HTMLInputElement) filter.value = "";
    }
    show();
  });
  turn.addEventListener("change", show);
  /** The site the chosen case brought along; it leaves with the case, since typing a code passes other cases. */
  let brought = /** @type {HTMLLabelElement | undefined} */ (undefined);
  choice?.addEventListener("change", () => {
    const unit = choice instanceof HTMLSelectElement ? choice.selectedOptions[0]?.dataset.unit : "";
    const home = unit ? labels.find((label) => label.dataset.unit === unit) : undefined;
    if (brought) box(brought).checked = false;
    brought = home && !box(home).checked ? home : undefined;
    if (home) box(home).checked = true;
    show();
  });
  show();
}

for (const turn of document.querySelectorAll("[data-turn]")) {
  if (turn instanceof HTMLElement) walkTurn(turn);
}
