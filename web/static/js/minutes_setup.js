// @ts-check
/** The parts every page with an editor needs: outbox over this machine's store, sending to the hub. */

import { MinutesEditor } from "./minutes_editor.js";
import { Outbox } from "./outbox.js";
import { openStore } from "./outbox_store.js";

/**
 * @param {object} options
 * @param {import("./api.js").Api} options.api
 * @param {import("./session_events.js").SessionEvents} options.events
 * @param {import("./page_data.js").PageData} options.data
 * @param {import("./notices.js").Notices} options.notices
 * @param {() => number | null} options.sessionTime
 * @param {boolean} options.mayWrite
 */
export async function openEditor({ api, events, data, notices, sessionTime, mayWrite }) {
  const { entries, drafts } = await openStore(data.account.id);
  const outbox = new Outbox({
    store: entries,
    send: (entry) => api.put(`/turns/${entry.turn}/lines/${entry.id}`, { ...entry.fields, version: entry.base }),
  });
  const zero = data.session.clock_zero;
  const editor = new MinutesEditor({
    api,
    events,
    outbox,
    drafts,
    session: data.session.id,
    notices,
    sessionTime,
    clockZero: zero ? Date.parse(zero) / 1000 : null,
    mayWrite,
  });
  await outbox.open();
  return { editor, outbox };
}
