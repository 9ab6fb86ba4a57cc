// @ts-check
/**
 * What the server wrote into the page for its scripts.
 *
 * @typedef {{ id: string, code: string, subject: string }} CaseData
 * @typedef {{ id: string, number: number, state?: string, case: CaseData | null }} TurnData
 * @typedef {{ id: string, code: string, title: string, kind_name?: string, recording_policy?: string,
 *   clock_zero: string | null, turns?: TurnData[] }} SessionData
 * @typedef {{ id: string, name: string, site: string, role: string }} SeatData
 * @typedef {{ id: string, name: string, title: string, roles: string[] }} AccountData
 * @typedef {{ page: string, csrf: string, api: string, account: AccountData, session: SessionData, turn?: TurnData,
 *   seats?: SeatData[], may_write_minutes?: boolean, may_open?: boolean, may_take_consent?: boolean, may_write?: boolean, may_review?: boolean,
 *   urls: Record<string, string> }} PageData
 */

/** @returns {PageData} */
export function readPageData() {
  const element = document.getElementById("page-data");
  if (element === null) throw new Error("the page carries no page-data");
  const data = JSON.parse(element.textContent ?? "{}");
  return { api: "/api/v1", urls: {}, ...data };
}
