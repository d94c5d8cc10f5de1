/** What this device keeps: changes on their way, and notes. Every tab sees the same. */

/** @type {(one: Change, other: Change) => number} */
const inOrder = (one, other) => one.at - other.at;

/**
 * Changes by key, in IndexedDB and mirrored in memory: what a promise here says is kept is on the disk, since the
 * transactions are strict. Where there is no IndexedDB they are in memory only, and `lasting` is false.
 */
export class Storage extends EventTarget {
  lasting = true;
  /** @type {Map<string, Change>} */
  #mirror = new Map();
  /** @type {Set<string>} */
  #kept = new Set();
  /** @type {Map<string, any>} */
  #notes = new Map();
  /** What the reader did that no transaction has kept yet. @type {Map<string, Change>} */
  #held = new Map();
  /** Notes that no transaction has kept yet. @type {Map<string, any>} */
  #unwritten = new Map();
  #tabs;
  #opened;
  #parting;

  /** @param {string} name of what belongs together: one API, contract, collection and person */
  constructor(name) {
    super();
    this.name = name;
    this.#parting = `${name} ${crypto.getRandomValues(new Uint32Array(4)).join("-")}`;
    this.#tabs = new BroadcastChannel(name);
    this.#tabs.onmessage = ({ data }) => this.#hear(data);
    this.#opened = open(name).catch(() => this.#fallBack());
    addEventListener("pageshow", ({ persisted }) => persisted && this.#return());
  }

  /** Reads what an earlier page left. */
  async load() {
    const db = await this.#opened;
    if (!db) return;
    await this.#takeUp();
    const transaction = db.transaction(["changes", "notes"]);
    const notes = transaction.objectStore("notes");
    const [changes, names, values] = await Promise.all(
      [transaction.objectStore("changes").getAll(), notes.getAllKeys(), notes.getAll()].map(result)
    );
    names.forEach((name, index) => this.#notes.set(name, values[index]));
    this.foresee({ put: changes });
    for (const { key } of changes) this.#kept.add(key);
  }

  /** @returns {Change[]} */
  get changes() {
    return [...this.#mirror.values()].sort(inOrder);
  }

  /** Whether a change would survive the end of this browser. */
  keeps(key) {
    return this.#kept.has(key);
  }

  /** The same of what the reader did, which is not lost if the page goes before that. @param {Edit} edit */
  hold(edit) {
    for (const change of edit.put ?? []) this.#held.set(change.key, change);
    for (const { key } of edit.gone ?? []) this.#held.delete(key);
    this.foresee(edit);
  }

  /**
   * What `edit` makes of all changes, or of those of one item; once it is kept.
   * @param {string | undefined} id
   * @param {(changes: Change[]) => Edit} edit
   * @returns {Promise<Edit>}
   */
  async transact(id, edit) {
    const db = await this.#opened;
    const done = await (db ? this.#inDatabase(db, id, edit).catch(() => this.#fallBack()) : undefined);
    if (!done) return this.#inMemory(id, edit);
    for (const change of done.put ?? []) {
      this.#kept.add(change.key);
      if (this.#held.get(change.key) === change) this.#held.delete(change.key);
    }
    for (const { key } of done.gone ?? []) {
      this.#kept.delete(key);
      this.#held.delete(key);
    }
    this.foresee(done);
    this.tell({ edit: done });
    return done;
  }

  note(name) {
    return this.#notes.get(name);
  }

  /** Keeps a note, soon; unless it is this tab's own affair the others are told. */
  async write(name, value, told = true) {
    this.#notes.set(name, value);
    this.#unwritten.set(name, value);
    if (told) this.tell({ name, value });
    const db = await this.#opened;
    if (db) await result(db.transaction("notes", "readwrite").objectStore("notes").put(value, name)).catch(() => this.#fallBack());
    if (this.#unwritten.get(name) === value) this.#unwritten.delete(name);
  }

  /**
   * A page that goes may take the transactions with it that are not done, so what they were to keep is left where
   * writing takes no time. The page that comes next takes it up.
   */
  leave() {
    if (!this.lasting || !(this.#held.size || this.#unwritten.size)) return;
    const left = { changes: [...this.#held.values()], notes: [...this.#unwritten] };
    quietly(() => localStorage.setItem(this.#parting, JSON.stringify(left)));
  }

  /** Knows and keeps nothing any more: whose it is has signed out. */
  async close() {
    const db = await this.#opened;
    for (const all of [this.#mirror, this.#notes, this.#held, this.#unwritten]) all.clear();
    this.#fallBack();
    db?.close();
  }

  /** The page is back, and so are its transactions. */
  #return() {
    quietly(() => localStorage.removeItem(this.#parting));
  }

  async #takeUp() {
    const names = quietly(() => Object.keys(localStorage)) ?? [];
    for (const name of names.filter((each) => each.startsWith(`${this.name} `))) {
      const { changes, notes } = JSON.parse(localStorage.getItem(name) ?? "{}");
      await this.transact(undefined, () => ({ put: changes }));
      await Promise.all(notes.map(([note, value]) => this.write(note, value, false)));
      localStorage.removeItem(name);
    }
  }

  /** Speaks to the other tabs; `heard` is what they get. */
  tell(data) {
    this.#tabs.postMessage(data);
  }

  #hear(data) {
    if (data.edit) {
      for (const { key } of data.edit.put ?? []) this.#kept.add(key);
      this.foresee(data.edit);
    } else if (data.name) this.#notes.set(data.name, data.value);
    this.dispatchEvent(new CustomEvent("heard", { detail: data }));
  }

  /** Shows what a transaction did, or is about to do. @param {Edit} edit */
  foresee({ put = [], gone = [] }) {
    for (const change of put) this.#mirror.set(change.key, change);
    for (const { key } of gone) this.#mirror.delete(key);
  }

  /** @returns {Promise<Edit>} */
  #inDatabase(db, id, edit) {
    const transaction = db.transaction("changes", "readwrite", { durability: "strict" });
    const store = transaction.objectStore("changes");
    const reading = id === undefined ? store.getAll() : store.index("id").getAll(id);
    /** @type {Edit} */ let done = {};
    reading.onsuccess = () => {
      done = edit(reading.result.sort(inOrder));
      for (const change of done.put ?? []) store.put(change);
      for (const { key } of done.gone ?? []) store.delete(key);
    };
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(done);
      transaction.onabort = () => reject(transaction.error);
    });
  }

  #inMemory(id, edit) {
    const done = edit(this.changes.filter((change) => id === undefined || change.id === id));
    this.foresee(done);
    return done;
  }

  #fallBack() {
    this.lasting = false;
    this.#kept.clear();
    this.#opened = Promise.resolve(undefined);
    return undefined;
  }
}

/** What storage gives; nothing where it is full or forbidden. @template T @param {() => T} use */
function quietly(use) {
  try {
    return use();
  } catch {
    return undefined;
  }
}

/** @returns {Promise<any>} */
async function open(name) {
  const opening = indexedDB.open(name, 1);
  opening.onupgradeneeded = () => {
    opening.result.createObjectStore("changes", { keyPath: "key" }).createIndex("id", "id");
    opening.result.createObjectStore("notes");
  };
  const db = await result(opening);
  db.onversionchange = () => db.close();
  return db;
}

/** @param {IDBRequest} request @returns {Promise<any>} */
const result = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});
