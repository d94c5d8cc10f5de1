/** The changes on their way to the service: kept first, then sent, each item's in order, by one tab. */
import { Problem, connection } from "./api.js";
import { different, pick } from "./items.js";
import { send } from "./sender.js";

export const UNDO_MS = 8_000;
const AT_ONCE = 6;
const FIRST_RETRY_MS = 2_000;
const LAST_RETRY_MS = 60_000;
const TAB_MS = 1_000;

/** A wait that grows with each failure, and never makes all come back together. */
export const patience = (failures, first = FIRST_RETRY_MS, last = LAST_RETRY_MS) =>
  Math.min(first * 2 ** failures, last) * (0.75 + Math.random() / 2);

/** Tells of each `change`, of changes that are `kept`, and of each that is `settled`: done, or failed. */
export class Outbox extends EventTarget {
  /** Whether the reader is about to undo in this tab. */
  watched = false;
  /** @type {Set<string>} */
  #sending = new Set();
  /** @type {Map<string, boolean>} */
  #turns = new Map();
  /** @type {(() => void)[]} */
  #queue = [];
  #busy = 0;
  #last = 0;
  #timer = 0;
  #waking = 0;

  /**
   * @param {import("./api.js").Service} service
   * @param {import("./storage.js").Storage} storage
   * @param {import("./items.js").Items} items what is known of them, and learnt
   */
  constructor(service, storage, items) {
    super();
    this.service = service;
    this.storage = storage;
    this.items = items;
    storage.addEventListener("heard", () => this.#soon());
    connection.addEventListener("change", () => connection.closed || this.go());
  }

  get changes() {
    return this.storage.changes;
  }

  get held() {
    return this.changes.filter(({ state }) => state === "held");
  }

  /** Whether a change is about to be settled: sent, or about to be, or not even kept. */
  isOnItsWay({ key, due = 0 }) {
    const isUnkept = this.storage.lasting && !this.storage.keeps(key);
    return this.#sending.has(key) || isUnkept || (!connection.closed && due <= Date.now());
  }

  /** Whether leaving now would lose something. */
  get unkept() {
    return this.changes.some(({ key, state }) => state !== "open" && !this.storage.keeps(key));
  }

  /** Creates items, one after the other. @param {Values[]} all */
  create(...all) {
    /** @type {string | undefined} */ let after;
    return this.#enter(all.map((fields) => {
      const made = this.#made({ kind: "create", state: "waiting", fields, after });
      after = made.key;
      return { ...made, id: made.key };
    }));
  }

  /** Changes an item; if `typed` names what was being typed, that is over. */
  update(id, fields, base, typed) {
    const change = this.#made({ kind: "update", state: "waiting", id, fields, base });
    return this.#enter([change], typed);
  }

  /** Keeps what is being typed into an item. @param {Change} change */
  async type(change) {
    this.storage.hold({ put: [change] });
    await this.storage.transact(change.id, () => ({ put: [change] }));
  }

  /** @returns {Change} */
  open(id, base) {
    return this.#made({ kind: "update", state: "open", id, fields: {}, base });
  }

  /** Deletes items once nobody can undo it any more. */
  remove(items) {
    this.extend();
    return this.#enter(items.map(({ id, item }) => this.#made({ kind: "delete", state: "held", id, fields: {}, base: item })));
  }

  /** Lets the reader undo for the whole time again. */
  extend(time = UNDO_MS) {
    this.storage.write("due", Date.now() + time);
  }

  get due() {
    return this.storage.note("due") ?? 0;
  }

  /** Takes back deletions that are held, in whichever tab; those of some items, or all. */
  async undo(ids = new Set(this.held.map(({ id }) => id))) {
    const { gone = [] } = await this.storage.transact(undefined, (changes) => ({
      gone: changes.filter(({ state, id }) => state === "held" && ids.has(id)),
    }));
    this.#changed();
    return gone;
  }

  /** Forgets a change. @param {Change} change */
  drop(change) {
    this.storage.hold({ gone: [change] });
    this.#changed();
    return this.storage.transact(change.id, () => ({ gone: [change] }));
  }

  /** Sends a change that failed again, with other values if they are given. @param {Change} change */
  retry(change, fields = change.fields) {
    const { problem, theirs, own, due, body, ...left } = change;
    const same = !different(fields, change.fields).length;
    return this.#enter([{ ...left, fields, state: "waiting", base: theirs ?? left.base, ...(same && body && { body }) }]);
  }

  /** Makes a new item of a change whose item is gone. @param {Change} change */
  async addAgain(change) {
    const names = Object.keys(this.service.collection.create?.body?.properties ?? {});
    const values = { ...change.base, ...change.fields };
    this.drop(change);
    return this.create(pick(values, names.filter((name) => name in values)));
  }

  /** Sends what is due, and comes back for the rest. */
  go() {
    clearTimeout(this.#timer);
    const now = Date.now();
    if (this.held.length && this.due <= now && !this.watched) this.#release();
    if (!connection.closed) {
      for (const change of this.changes) if (isDue(change) && !this.#isBlocked(change)) this.#turn(change.id);
    }
    const times = this.changes.flatMap(({ state, due = 0 }) => (state === "held" ? this.due : state === "waiting" ? due : []));
    const next = Math.min(...times.filter((time) => time > now));
    if (next < Infinity) this.#timer = setTimeout(() => this.go(), next - now);
  }

  /** Whether the one that it comes after is not sent yet, and about to be. @param {Change} change */
  #isBlocked({ after }) {
    return after !== undefined && this.changes.some((each) => each.key === after && isDue(each));
  }

  /** What another tab has may be left to it, unless it goes. */
  #soon() {
    this.#waking ||= setTimeout(() => {
      this.#waking = 0;
      this.go();
    }, TAB_MS);
  }

  /** @param {Partial<Change>} change @returns {Change} */
  #made(change) {
    this.#last = Math.max(Date.now(), this.#last + 1);
    const key = `${this.#last}-${crypto.getRandomValues(new Uint32Array(4)).join("-")}`;
    return /** @type {Change} */ ({ key, at: this.#last, ...change });
  }

  /** Shows changes at once, keeps them, and sends them. @param {Change[]} changes @param {Change} [over] */
  async #enter(changes, over) {
    const gone = over ? [over] : [];
    this.storage.hold({ put: changes, gone });
    this.#changed();
    await this.storage.transact(changes.length === 1 ? changes[0].id : undefined, (before) => {
      const folded = changes.length === 1 && fold(before, changes[0]);
      return folded ? { put: [folded], gone: [...gone, ...changes] } : { put: changes, gone };
    });
    this.#changed();
    this.dispatchEvent(new CustomEvent("kept", { detail: changes }));
    this.go();
  }

  /** The deletions that nobody undid. */
  async #release() {
    const late = (change) => change.state === "held" && this.due <= Date.now();
    await this.storage.transact(undefined, (changes) => ({
      put: changes.filter(late).map((change) => ({ ...change, state: "waiting" })),
    }));
    this.#changed();
    this.go();
  }

  /** The changes of one item, one after the other, in this tab alone. */
  async #turn(id) {
    if (this.#turns.has(id)) {
      this.#turns.set(id, true);
      return;
    }
    this.#turns.set(id, false);
    await alone(`${this.storage.name} ${id}`, async () => {
      await this.#slot();
      try {
        for (let next; (next = await this.#take(id)); ) await this.#attempt(next);
      } finally {
        this.#busy--;
        this.#queue.shift()?.();
      }
    });
    const again = this.#turns.get(id);
    this.#turns.delete(id);
    if (again) this.go();
  }

  async #slot() {
    if (this.#busy >= AT_ONCE) await /** @type {Promise<void>} */ (new Promise((resolve) => this.#queue.push(resolve)));
    this.#busy++;
  }

  /** The change of an item to send now; it counts as tried before it is. @returns {Promise<Change | undefined>} */
  async #take(id) {
    if (connection.closed) return undefined;
    const { put } = await this.storage.transact(id, (changes) => {
      if (isVain(changes)) return { gone: changes };
      const next = nextOf(changes);
      if (!next || !isDue(next)) return {};
      const rest = next.kind === "delete" ? changes.filter(({ state, kind }) => state === "waiting" && kind === "update") : [];
      const taken = { ...rest.reduceRight(overtake, next), tries: (next.tries ?? 0) + 1 };
      if (next.kind === "create") taken.body ??= JSON.stringify(next.fields);
      return { put: [taken], gone: rest };
    });
    return put?.[0];
  }

  /** @param {Change} change */
  async #attempt(change) {
    this.#sending.add(change.key);
    this.#changed();
    try {
      const { version, follow, ...detail } = await send(change, this.service, this.items);
      await this.#finish(change, version, detail, follow);
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      await this.#fail(change, problem);
    } finally {
      this.#sending.delete(change.key);
      this.#changed();
    }
  }

  /**
   * It is done: the service has it, so nothing has to be kept.
   * @param {Change} change @param {Version | undefined} version @param {(changes: Change[]) => Change[]} follow
   */
  async #finish(change, version, detail, follow = (changes) => changes) {
    const edit = (/** @type {Change[]} */ changes) => {
      const others = changes.filter(({ key }) => key !== change.key);
      return version ? { put: follow(others), gone: [change] } : { gone: [change, ...others] };
    };
    this.storage.foresee(edit(this.changes.filter(({ id }) => id === change.id)));
    if (version) this.items.learn(version, change.id);
    else this.items.forget(change.id);
    this.#changed();
    this.storage.tell(version ? { version, was: change.id } : { forgotten: change.id });
    this.dispatchEvent(new CustomEvent("settled", { detail: { change, ...detail } }));
    await this.storage.transact(change.id, edit);
    if (change.kind === "create") this.go();
  }

  /** @param {Change} change @param {Problem} problem */
  async #fail(change, problem) {
    const passes = problem.passes;
    const wait = Math.max(problem.after * 1000, patience((change.tries ?? 1) - 1));
    /** @type {Change} */
    const failed = passes
      ? { ...change, problem: problem.said, due: connection.closed ? 0 : Date.now() + wait }
      : { ...change, state: "failed", problem: problem.said };
    if (problem.theirs) {
      failed.theirs = problem.theirs.item;
      failed.own = this.items.isOwn(problem.theirs.tag);
    }
    if (problem.status === 404) this.items.forget(change.id);
    await this.storage.transact(change.id, (changes) => {
      const before = passes ? undefined : changes.find(({ key, state, kind }) => key !== change.key && state === "failed" && kind === "update");
      return before && change.kind === "update"
        ? { put: [{ ...failed, fields: { ...before.fields, ...failed.fields }, base: { ...failed.base, ...before.base } }], gone: [before] }
        : { put: [failed] };
    });
    this.go();
    if (!passes) this.dispatchEvent(new CustomEvent("settled", { detail: { change: failed } }));
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

/** @param {Change} change */
const isDue = ({ state, due = 0 }) => state === "waiting" && due <= Date.now();

/** The first that waits; a deletion overtakes all but the create of its item. @param {Change[]} changes */
function nextOf(changes) {
  const waiting = changes.filter(({ state }) => state === "waiting");
  const create = changes.find(({ kind }) => kind === "create");
  if (create) return create.state === "waiting" ? create : undefined;
  return waiting.find(({ kind }) => kind === "delete") ?? waiting[0];
}

/** A create that nobody has seen, and that is deleted again. @param {Change[]} changes */
function isVain(changes) {
  const create = changes.find(({ kind }) => kind === "create");
  const deleted = changes.some(({ kind, state }) => kind === "delete" && state === "waiting");
  return deleted && create && (!create.body || create.state === "failed");
}

/** A deletion instead of an earlier update, which may have been stored or not. @param {Change} deletion @param {Change} update */
const overtake = (deletion, { fields, base = {} }) => ({
  ...deletion,
  fields: { ...fields, ...deletion.fields },
  base: { ...deletion.base, ...pick(base, Object.keys(fields)) },
});

/** An earlier change that was never tried, with what a later one makes of it. @param {Change[]} before @param {Change} change */
function fold(before, change) {
  const { kind, state } = change;
  if (kind !== "update" || state !== "waiting") return undefined;
  const waiting = before.filter((each) => each.kind !== "delete" && each.state === "waiting" && each.key !== change.key);
  const last = waiting.at(-1);
  return last && !last.tries ? { ...last, fields: { ...last.fields, ...change.fields } } : undefined;
}

/** In one tab at a time. Without a secure origin there are no locks: all may send, and preconditions keep it right. */
const alone = (name, run) => (navigator.locks ? navigator.locks.request(name, run) : run());
