// @ts-check
/**
 * Where unsaved lines and the line being typed are kept on this machine: IndexedDB, or localStorage where a browser has
 * none (private windows of old ones). Everything is kept under the account that wrote it and shown to no other.
 *
 * @typedef {import("./outbox.js").Entry} Entry
 * @typedef {import("./outbox.js").Store} Store
 */

const DATABASE = "diem-cau-minutes";
const VERSION = 1;

/**
 * @param {string} account
 * @returns {Promise<{ entries: Store, drafts: DraftStore }>}
 */
export async function openStore(account) {
  try {
    const database = await openDatabase();
    return { entries: new DatabaseEntries(database, account), drafts: new DraftStore(account) };
  } catch {
    return { entries: new LocalEntries(account), drafts: new DraftStore(account) };
  }
}

/** @returns {Promise<IDBDatabase>} */
function openDatabase() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, VERSION);
    request.onupgradeneeded = () => request.result.createObjectStore("entries", { keyPath: ["account", "id"] });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked"));
  });
}

class DatabaseEntries {
  /** @param {IDBDatabase} database @param {string} account */
  constructor(database, account) {
    this._database = database;
    this._account = account;
  }

  /** @returns {Promise<Entry[]>} */
  all() {
    return new Promise((resolve, reject) => {
      const range = IDBKeyRange.bound([this._account], [this._account, []]);
      const request = this._database.transaction("entries").objectStore("entries").getAll(range);
      request.onsuccess = () => resolve(request.result.map(({ account, ...entry }) => entry));
      request.onerror = () => reject(request.error);
    });
  }

  /** @param {Entry} entry */
  put(entry) {
    return this._write((entries) => entries.put({ ...entry, account: this._account }));
  }

  /** @param {string} id */
  remove(id) {
    return this._write((entries) => entries.delete([this._account, id]));
  }

  /** @param {(entries: IDBObjectStore) => void} act @returns {Promise<void>} resolved when it is on disk */
  _write(act) {
    return new Promise((resolve, reject) => {
      const transaction = this._database.transaction("entries", "readwrite", { durability: "strict" });
      transaction.oncomplete = () => resolve();
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
      act(transaction.objectStore("entries"));
    });
  }
}

class LocalEntries {
  /** @param {string} account */
  constructor(account) {
    this._prefix = `${DATABASE}.${account}.`;
  }

  async all() {
    const keys = Object.keys(localStorage).filter((key) => key.startsWith(this._prefix));
    return keys.map((key) => JSON.parse(localStorage.getItem(key) ?? "null")).filter((one) => one !== null);
  }

  /** @param {Entry} entry */
  async put(entry) {
    localStorage.setItem(this._prefix + entry.id, JSON.stringify(entry));
  }

  /** @param {string} id */
  async remove(id) {
    localStorage.removeItem(this._prefix + id);
  }
}

/** The line being typed. localStorage, because it is written while a key goes down and must be there at once. */
export class DraftStore {
  /** @param {string} account */
  constructor(account) {
    this._prefix = `${DATABASE}.draft.${account}.`;
  }

  /** @param {string} place @returns {any} */
  get(place) {
    try {
      return JSON.parse(localStorage.getItem(this._prefix + place) ?? "null");
    } catch {
      return null;
    }
  }

  /** @param {string} place @param {any} draft null: nothing is being typed @returns {boolean} false: it could not be kept */
  put(place, draft) {
    try {
      if (draft === null) localStorage.removeItem(this._prefix + place);
      else localStorage.setItem(this._prefix + place, JSON.stringify(draft));
      return true;
    } catch {
      return false;
    }
  }
}
