/** The items of a collection: what is known of them, which are listed, and how they are shown. */
import { Service, connection, problemOf } from "./api.js";
import { different, same } from "./versions.js";
import { Storage } from "./storage.js";

/** Lists may lag. */
const LAG_MS = 2_000;
/** By how much the clocks of a reader and the service may differ. */
const SKEW_MS = 60_000;
const MOST_REMEMBERED = 1_000;

export class Items extends EventTarget {
  /** @type {"loading" | "more" | "ready" | "failed"} */
  phase = "loading";
  /** @type {import("./api.js").Problem | undefined} */
  problem;
  /** @type {string | undefined} */
  next;
  /** @type {Values} */
  filter = {};

  /** @type {Map<string, Version>} */
  #known = new Map();
  /** @type {Set<string>} */
  #listed = new Set();
  /** @type {Set<string>} */
  #gone = new Set();
  /** @type {Set<string>} */
  #own = new Set();
  #reading = 0;

  /** What sends the changes, once it is loaded. @type {import("./outbox.js").Outbox | undefined} */
  outbox;

  /** The item that the address names: in view whatever the filter. @type {string | undefined} */
  visited;

  /** The keys of the changes that are being typed in this tab. @type {Set<string>} */
  typing = new Set();

  /** @param {Collection} collection @param {string} name of what this device keeps of it */
  constructor(collection, name) {
    super();
    this.collection = collection;
    this.service = new Service(collection);
    this.storage = new Storage(name);
    this.storage.addEventListener("heard", (/** @type {any} */ { detail }) => this.#hear(detail));
  }

  /** @param {import("./outbox.js").Outbox} outbox */
  sendBy(outbox) {
    this.outbox = outbox;
    outbox.addEventListener("change", () => this.#changed());
    outbox.go();
  }

  /** What an earlier page left. */
  async load() {
    await this.storage.load();
    for (const item of this.storage.note("items") ?? []) this.#known.set(this.idOf(item), { item });
    this.#changed();
  }

  idOf = (item) => String(item[this.collection.id]);

  read(filter = this.filter) {
    const other = !same(filter, this.filter);
    if (other || this.phase === "failed") this.phase = "loading";
    this.filter = filter;
    return this.#read(other ? undefined : this.#listed.size);
  }

  more() {
    this.phase = "more";
    return this.#read(1, this.next);
  }

  /** Reads the first page again; whether that went well. */
  async refresh() {
    if (this.phase === "failed" || !this.collection.created) await this.read();
    if (this.phase !== "ready" || !this.collection.created) return this.phase === "ready";
    const turn = this.#reading;
    const began = Date.now() - LAG_MS;
    try {
      const { items, next } = await this.service.list(this.filter);
      if (turn !== this.#reading) return true;
      const last = next && items.at(-1);
      const there = new Set(items.map(this.idOf));
      for (const item of items) this.#see(item);
      for (const id of this.#listed) {
        const version = this.#known.get(id);
        const isOnPage = !last || this.#order(id, this.idOf(last)) < 0;
        if (isOnPage && !there.has(id) && !(Number(version?.at) > began)) this.#listed.delete(id);
      }
      this.#list(items);
      if (!this.#listed.size) this.next = next;
      this.#changed();
      return true;
    } catch (error) {
      problemOf(error);
      return false;
    }
  }

  /** @returns {Shown[]} */
  rows() {
    /** @type {Map<string, Shown>} */
    const rows = new Map();
    const twins = this.#twins();
    for (const id of this.visited ? [...this.#listed, this.visited] : this.#listed) {
      const version = this.#known.get(id);
      if (version && !twins.has(id)) rows.set(id, { ...shown(id, version.item), kept: id === this.visited });
    }
    for (const change of this.storage.changes) this.#apply(change, rows);
    const wanted = [...rows.values()].filter(({ item, kept }) => kept || !different(this.filter, item).length);
    const places = new Map(wanted.map(({ id }) => [id, this.#place(id)]));
    return wanted.sort((one, other) => inOrder(places.get(one.id), places.get(other.id)));
  }

  /** @param {string} id @returns {Version | undefined} */
  version(id) {
    return this.#known.get(id);
  }

  /** Learns the version of one item that is about to be changed. */
  async ask(id) {
    const seen = this.#known.get(id);
    if (!seen || seen.tag || connection.offline || !this.collection.get) return;
    const found = await this.service.get(id).catch(() => undefined);
    if (found && this.#known.get(id) === seen) this.find(found);
  }

  /** Trusts no version any more: something else may have changed any of them. */
  doubt() {
    for (const [id, { item }] of this.#known) this.#known.set(id, { item });
  }

  /** @param {Version} version */
  find(version) {
    this.learn(version);
    this.#changed();
  }

  /** Every item that a filter lets through and that nobody is deleting. @returns {Promise<Shown[]>} */
  async all(filter) {
    const { items } = await this.#pages({ ...filter }, Infinity);
    for (const item of items) this.#see(item);
    const deleted = new Set(this.storage.changes.flatMap(({ id, kind }) => (kind === "delete" ? id : [])));
    return items.map(this.idOf).flatMap((id) => {
      const version = this.#known.get(id);
      return version && !deleted.has(id) && !different(filter, version.item).length ? shown(id, version.item) : [];
    });
  }

  /** @param {Version} version @param {string} [was] of one that this browser made: how the item was called before */
  learn(version, was) {
    const { item, tag } = version;
    const id = this.idOf(item);
    if (tag && was) this.#own.add(tag);
    if (this.#gone.has(id)) return;
    this.#known.set(id, { ...version, at: Date.now() });
    if (!this.collection.list) this.#remember();
    if (!this.next || [...this.#listed].some((each) => this.#order(id, each) < 0)) this.#listed = new Set([id, ...this.#listed]);
    if (was && was !== id) this.dispatchEvent(new CustomEvent("named", { detail: { was, id } }));
  }

  forget(id) {
    this.#gone.add(id);
    this.#known.delete(id);
    this.#listed.delete(id);
    if (!this.collection.list) this.#remember();
  }

  /** Whether this browser made the version. */
  isOwn = (tag) => this.#own.has(tag);

  #hear({ version, was, forgotten }) {
    if (version) this.learn(version, was);
    if (forgotten) this.forget(forgotten);
    this.#changed();
  }

  /** @param {string} [cursor] */
  async #read(wanted = 1, cursor) {
    const turn = ++this.#reading;
    const began = Date.now() - LAG_MS;
    this.problem = undefined;
    this.#changed();
    try {
      const { items, next } = await this.#pages({ ...this.filter, cursor }, wanted);
      if (turn !== this.#reading) return;
      if (!cursor) this.#listed = new Set([...this.#listed].filter((id) => Number(this.#known.get(id)?.at) > began));
      this.#list(items);
      this.next = next;
      this.phase = "ready";
    } catch (error) {
      if (turn !== this.#reading) return;
      this.#miss(problemOf(error));
    }
    this.#changed();
  }

  async #pages(query, wanted) {
    if (!this.collection.list) return { items: [...this.#known.values()].map(({ item }) => item), next: undefined };
    /** @type {Values[]} */
    const items = [];
    let next = query.cursor;
    do {
      const page = await this.service.list({ ...query, cursor: next });
      items.push(...page.items);
      next = page.next;
    } while (next && items.length < wanted);
    return { items, next };
  }

  #list(items) {
    for (const item of items) {
      this.#see(item);
      this.#listed.add(this.idOf(item));
    }
    this.#remember();
  }

  #remember() {
    const seen = [...this.#known.values()].slice(-MOST_REMEMBERED).map((version) => version.item);
    this.storage.write("items", seen, false);
  }

  #see(item) {
    const id = this.idOf(item);
    const known = this.#known.get(id)?.item;
    if (this.#gone.has(id)) return;
    const newer = this.collection.stamps.some((name) => known?.[name] < item[name]);
    if (!known || newer || !this.collection.stamps.length) this.#known.set(id, { item });
  }

  /** @param {import("./api.js").Problem} problem */
  #miss(problem) {
    if (this.phase === "ready") return;
    const enough = this.phase === "more" || (connection.offline && this.#known.size);
    if (this.phase === "loading" && enough) {
      this.#listed = new Set(this.#known.keys());
      this.next = undefined;
    } else this.problem = problem;
    this.phase = enough ? "ready" : "failed";
  }

  #order = (one, other) => inOrder(this.#place(one), this.#place(other));

  /** Newest first, by when they were created, and first those that are not; or else as they were listed. */
  #place(id) {
    const known = this.#known.get(id)?.item;
    if (!known) return `~ ${id}`;
    return this.collection.created ? `${known[this.collection.created]} ${id}` : "";
  }

  /** @param {Change} change @param {Map<string, Shown>} rows */
  #apply(change, rows) {
    const { id, kind, state, fields, base } = change;
    if (state === "open" && !this.typing.has(change.key)) return;
    const kept = state === "open" || state === "failed";
    if (kind === "create") rows.set(id, shown(id, { ...this.#defaults, ...fields }));
    else if (kept && base && !rows.has(id)) rows.set(id, shown(id, this.#known.get(id)?.item ?? base));
    const row = rows.get(id);
    if (!row) return;
    row.kept ||= kept;
    if (state === "failed") row.failures.push(change);
    else if (state === "open") return;
    else if (kind === "delete") rows.delete(id);
    else {
      row.item = { ...row.item, ...fields };
      row.saving ||= Boolean(this.outbox?.isOnItsWay(change)) && !row.failures.length;
      row.waiting ||= !row.saving;
    }
  }

  /** Items that creates seem to have made whose answers are not there yet, or got lost: those show them. */
  #twins() {
    const { created } = this.collection;
    const found = new Set();
    for (const { kind, tries, fields, at } of this.storage.changes) {
      if (kind !== "create" || !tries || !created) continue;
      found.add([...this.#listed].find((id) => {
        const item = this.#known.get(id)?.item ?? {};
        return !found.has(id) && Date.parse(item[created]) > at - SKEW_MS && !different(fields, item).length;
      }));
    }
    return found;
  }

  get #defaults() {
    const properties = Object.entries(this.collection.create?.body?.properties ?? {});
    return Object.fromEntries(properties.flatMap(([name, schema]) => ("default" in schema ? [[name, schema.default]] : [])));
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

const inOrder = (one, other) => (one === other ? 0 : one > other ? -1 : 1);

/** @returns {Shown} */
const shown = (id, item) => ({ id, item, saving: false, waiting: false, kept: false, failures: [] });
