/** The items of a collection: what is known of them, which are listed, and how they are shown. */
import { Service, connection, problemOf } from "./api.js";
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
  /** What is listed, and where if nothing else tells: the highest first, all of as many digits. @type {Map<string, number>} */
  #listed = new Map();
  /** The places given last, before all others and behind them. */
  #first = 5e9;
  #last = 5e9;
  /** The place of the last item of those pages that were read. */
  #end = "";
  /** What may be shown otherwise than it was told last; while creates are on their way, since they are. @type {Set<string>} */
  #touched = new Set();
  /** @type {Set<string>} */
  #gone = new Set();
  /** @type {Set<string>} */
  #own = new Set();
  #reading = 0;

  /** What sends the changes, once it is loaded. @type {import("./outbox.js").Outbox | undefined} */
  outbox;

  /** The item that the address names: in view whatever the filter. */
  visited = "";

  /** What is being typed in this tab: the keys of the changes, and where. @type {Map<string, import("./row.js").RowView | undefined>} */
  typing = new Map();

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
    if (other) this.touchAll();
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
      this.#list(items);
      for (const id of this.#listed.keys()) {
        const version = this.#known.get(id);
        const isOnPage = !last || this.order(id, this.idOf(last)) < 0;
        if (isOnPage && !there.has(id) && !(Number(version?.at) > began)) this.#unlist(id);
      }
      if (!this.#listed.size) this.next = next;
      this.#changed();
      return true;
    } catch (error) {
      problemOf(error);
      return false;
    }
  }

  /**
   * What there is to show of all that may look other than it was told last, and of all that something is done to.
   * @returns {Map<string, Shown | undefined>}
   */
  news() {
    const { changes } = this.storage;
    const creates = changes.filter(({ kind }) => kind === "create");
    const twins = this.#twins(creates);
    const byId = Map.groupBy(changes, ({ id }) => id);
    const busy = [...byId.keys(), ...twins, this.visited];
    const ids = [...this.#touched, ...busy];
    this.#touched = new Set(creates.length ? ids : busy);
    return new Map(ids.map((id) => [id, this.#row(id, byId.get(id), twins)]));
  }

  /** Has every row told anew. */
  touchAll() {
    for (const id of this.#listed.keys()) this.#touched.add(id);
  }

  /** Newest first, by when they were created, and first those that are not; or else as they were listed. */
  order = (one, other) => inOrder(this.#place(one), this.#place(other));

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
    this.#touched.add(id);
    if (!this.collection.list) this.#remember();
    if (!this.#listed.has(id) && (!this.next || inOrder(this.#place(id), this.#end) < 0)) this.#enlist(id, ++this.#first);
    if (was && was !== id) this.dispatchEvent(new CustomEvent("named", { detail: { was, id } }));
  }

  forget(id) {
    this.#gone.add(id);
    this.#known.delete(id);
    this.#unlist(id);
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
      if (!cursor) for (const id of this.#listed.keys()) if (!(Number(this.#known.get(id)?.at) > began)) this.#unlist(id);
      this.#list(items);
      if (items.length) this.#end = this.#place(this.idOf(items.at(-1)));
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
      this.#enlist(this.idOf(item));
    }
    this.#remember();
  }

  #enlist(id, place = --this.#last) {
    this.#listed.set(id, place);
    this.#touched.add(id);
  }

  #unlist(id) {
    this.#listed.delete(id);
    this.#touched.add(id);
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
    if (known && !newer && this.collection.stamps.length) return;
    this.#known.set(id, { item });
    this.#touched.add(id);
  }

  /** @param {import("./api.js").Problem} problem */
  #miss(problem) {
    if (this.phase === "ready") return;
    const enough = this.phase === "more" || (connection.offline && this.#known.size);
    if (this.phase === "loading" && enough) {
      for (const id of this.#known.keys()) this.#enlist(id);
      this.next = undefined;
    } else this.problem = problem;
    this.phase = enough ? "ready" : "failed";
  }

  #place(id) {
    const known = this.#known.get(id)?.item;
    if (!known) return `~ ${id}`;
    const { created } = this.collection;
    return `${created ? known[created] : this.#listed.get(id) ?? ""} ${id}`;
  }

  /** @param {string} id @param {Change[] | undefined} changes @param {Set<string>} twins @returns {Shown | undefined} */
  #row(id, changes = [], twins) {
    const version = this.#known.get(id);
    const kept = id === this.visited;
    /** @type {Shown | undefined} */ let row;
    if (version && !twins.has(id) && (kept || this.#listed.has(id))) row = shown(id, version.item, kept);
    for (const change of changes) row = this.#apply(change, row);
    return row && (row.kept || !different(this.filter, row.item).length) ? row : undefined;
  }

  /** What a change makes of a row, if there is one. @param {Change} change @param {Shown | undefined} row @returns {Shown | undefined} */
  #apply(change, row) {
    const { id, kind, state, fields, base } = change;
    if (state === "open" && !this.typing.has(change.key)) return row;
    const kept = state === "open" || state === "failed";
    if (kind === "create") row = shown(id, { ...this.#defaults, ...fields });
    else if (kept && base) row ??= shown(id, this.#known.get(id)?.item ?? base);
    if (!row) return row;
    row.kept ||= kept;
    if (state === "failed") row.failures.push(change);
    else if (state === "open") return row;
    else if (kind === "delete") return undefined;
    else {
      row.item = { ...row.item, ...fields };
      row.saving ||= Boolean(this.outbox?.isOnItsWay(change)) && !row.failures.length;
      row.waiting ||= !row.saving;
    }
    return row;
  }

  /** Items that creates seem to have made whose answers are not there yet, or got lost: those show them. @param {Change[]} creates @returns {Set<string>} */
  #twins(creates) {
    const { created = "" } = this.collection;
    /** @type {Set<string>} */
    const found = new Set();
    for (const { fields, at, tries } of creates) {
      const twin = [...this.#touched].find((id) => {
        const item = this.#known.get(id)?.item ?? {};
        return tries && this.#listed.has(id) && !found.has(id) && Date.parse(item[created]) > at - SKEW_MS && !different(fields, item).length;
      });
      if (twin) found.add(twin);
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
const shown = (id, item, kept = false) => ({ id, item, kept, saving: false, waiting: false, failures: [] });

// -- what differs between two versions of an item -----------------------------------------------

/** Whether two values of a property are the same; one that is absent is null. */
export function same(one, other) {
  if (one === other || (one ?? other ?? null) === null) return true;
  if (typeof one !== "object" || typeof other !== "object" || !one || !other) return false;
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Array.isArray(one) === Array.isArray(other) && [...names].every((name) => same(one[name], other[name]));
}

/** The names of `fields` whose values an item does not have. */
export const different = (fields = {}, item = {}) => Object.keys(fields).filter((name) => !same(fields[name], item[name]));

export const pick = (values, names) => Object.fromEntries(names.map((name) => [name, values[name]]));
