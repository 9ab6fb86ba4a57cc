// @ts-check
/** What every page does: its clock walks, its account menu closes when one presses elsewhere or Escape. */

/** Vietnam has one zone without summer time. */
const clock = new Intl.DateTimeFormat("vi-VN", { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: "Asia/Ho_Chi_Minh" });

/** The page shows the hub's time: the difference to this computer's clock is fixed when the page is opened. */
function walkClock() {
  const element = document.querySelector("time[data-clock]");
  if (!(element instanceof HTMLTimeElement)) return;
  const difference = Date.parse(element.dateTime) - Date.now();
  const show = () => {
    const now = new Date(Date.now() + difference);
    element.textContent = clock.format(now);
    setTimeout(show, 60_000 - (now.getTime() % 60_000));
  };
  show();
}

function closeAccountMenu() {
  const menu = document.querySelector("details[data-account]");
  if (!(menu instanceof HTMLDetailsElement)) return;
  document.addEventListener("click", (event) => {
    if (menu.open && event.target instanceof Node && !menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menu.open = false;
    menu.querySelector("summary")?.focus();
  });
}

walkClock();
closeAccountMenu();
