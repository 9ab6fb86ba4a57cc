// @ts-check
/** The minutes page of a turn (templates/minutes.html): the same editor without the call. */

import { Api } from "./api.js";
import { must } from "./dom.js";
import { openEditor } from "./minutes_setup.js";
import { Notices } from "./notices.js";
import { readPageData } from "./page_data.js";
import { fillShortcuts } from "./secretary_desk.js";
import { SessionEvents } from "./session_events.js";

const data = readPageData();
const api = new Api(data.api, data.csrf);
const events = new SessionEvents(api, data.session.id);
const notices = new Notices(must("#notices", HTMLElement));

async function start() {
  fillShortcuts();
  // Without a call there is no node to ask for the time: lines written here have their wall time alone.
  const { editor } = await openEditor({ api, events, data, notices, sessionTime: () => null, mayWrite: data.may_write === true });
  const turn = data.turn;
  if (turn !== undefined) {
    const here = { turn: turn.id, number: turn.number, code: turn.case?.code ?? "" };
    editor.setTurn(here, [here]);
    const { people } = await api.get(`/turns/${turn.id}`).catch(() => ({ people: [] }));
    const shared = new Set(people.filter((/** @type {any} */ one) => one.interpreter).map((/** @type {any} */ one) => one.seat));
    editor.setPeople(
      people
        .filter((/** @type {any} */ one) => !one.interpreter)
        .map((/** @type {any} */ one) => ({ name: one.name, capacity: one.capacity, attendance: one.attendance, interpreter: shared.has(one.seat) })),
      null,
    );
  }
  events.start();
}

void start();
