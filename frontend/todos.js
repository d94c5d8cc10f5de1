/** The to-dos, and the changes on their way. */
import { api } from "./config.js";
import * as service from "./api.js";

export const UNDO_MS = 8_000;
/** Lists may lag. */
const LAG_MS = 2_000;

export class Todos extends EventTarget {
  /** @type {Show} */ show = "all";
  /** @type {"loading" | "more" | "ready" | "failed"} */ phase = "loading";
  /** @type {service.Problem | undefined} */ problem;
  /** @type {string | undefined} */ next;

  /** @type {Map<string, Version>} */ #known = new Map();
  /** @type {Set<string>} */ #listed = new Set();
  #gone = new Set();
  /** @type {Change[]} */ #changes = [];
  /** @type {Map<string, Promise<void>>} */ #turns = new Map();
  #reading = 0;
  #timer = 0;
  #left = 0;
  #since = 0;
  #others = new BroadcastChannel(`todos ${api}`);

  constructor() {
    super();
    this.#others.onmessage = ({ data }) => {
      if (data.todo) this.#learn(data);
      else this.#forget(data);
      this.#changed();
    };
  }

  read(show = this.show) {
    const wanted = show === this.show ? this.#listed.size : 1;
    if (show !== this.show || this.phase === "failed") this.phase = "loading";
    this.show = show;
    return this.#read(wanted);
  }

  more() {
    this.phase = "more";
    return this.#read(1, this.next);
  }

  /** @returns {Row[]} */
  rows() {
    /** @type {Map<string, Row>} */
    const rows = new Map();
    for (const id of this.#listed) {
      const todo = this.known(id);
      if (todo) rows.set(id, row(todo));
    }
    for (const change of this.#changes) this.#apply(change, rows);
    return [...rows.values()]
      .filter(({ todo, kept }) => kept || [undefined, todo.completed].includes(this.#completed))
      .sort((one, other) => (place(one.todo) < place(other.todo) ? 1 : -1));
  }

  get #completed() {
    return { all: undefined, active: false, completed: true }[this.show];
  }

  known(id) {
    return this.#known.get(id)?.todo;
  }

  add(fields) {
    const key = `${Date.now()}-${crypto.getRandomValues(new Uint32Array(4))}`;
    this.#send(this.#enter("create", "saving", key, fields));
  }

  change(id, fields) {
    this.#send(this.#enter("update", "saving", id, fields));
  }

  open(todo) {
    this.#ask(todo.id);
    const change = this.#enter("update", "open", todo.id);
    change.base ??= todo;
    return change;
  }

  /** @param {Change} change */
  save(change, fields) {
    const names = different(fields, change.base);
    change.fields = Object.fromEntries(names.map((name) => [name, fields[name]]));
    if (names.length) this.#send(change);
    else this.drop(change);
  }

  remove(todos) {
    for (const todo of todos) {
      this.#drop(({ id, state }) => id === todo.id && state === "failed");
      this.#enter("delete", "held", todo.id).base ??= todo;
      if (todos.length === 1) this.#ask(todo.id);
    }
    this.#left = UNDO_MS;
    this.resume();
    this.#changed();
  }

  async completed() {
    await Promise.all(this.#turns.values());
    const { items } = await pages({ completed: true });
    for (const todo of items) this.#see(todo);
    return items.filter(({ id }) => this.known(id)?.completed && !this.#changes.some((change) => change.id === id && change.kind === "delete"));
  }

  get held() {
    return this.#changes.filter(({ state }) => state === "held");
  }

  pause() {
    if (this.#timer) this.#left -= performance.now() - this.#since;
    clearTimeout(this.#timer);
    this.#timer = 0;
  }

  resume() {
    clearTimeout(this.#timer);
    this.#since = performance.now();
    this.#timer = this.held.length ? setTimeout(() => this.#commit(), this.#left) : 0;
  }

  /** @param {any[]} [gone] All, if left out. */
  undo(gone = this.held.map(({ base }) => base)) {
    const ids = new Set(gone.map(({ id }) => id));
    this.#drop(({ id, state }) => state === "held" && ids.has(id));
    this.pause();
    this.resume();
    this.#changed();
    return gone;
  }

  flush() {
    for (const change of this.#changes) {
      if (change.state !== "held" && change.state !== "queued") continue;
      change.state = "saving";
      this.#delete(change, this.#tag(change)).catch((error) => this.#fail(change, error));
    }
  }

  /** @param {Change} change */
  retry(change) {
    change.base = change.theirs ?? this.known(change.id) ?? change.base;
    this.#send(change);
  }

  /** @param {Change} change */
  drop(change) {
    this.#drop((each) => each === change);
    this.#changed();
  }

  get busy() {
    return this.#changes.some(({ state }) => state === "saving" || state === "failed");
  }

  /** @param {string} [cursor] */
  async #read(wanted, cursor) {
    const turn = ++this.#reading;
    const began = Date.now() - LAG_MS;
    this.problem = undefined;
    this.#changed();
    try {
      await service.readContract();
      const { items, next } = await pages({ completed: this.#completed, cursor }, wanted);
      if (turn !== this.#reading) return;
      if (!cursor) this.#listed = new Set([...this.#listed].filter((id) => Number(this.#known.get(id)?.at) > began));
      for (const todo of items) {
        this.#see(todo);
        this.#listed.add(todo.id);
      }
      this.next = next;
      this.phase = "ready";
    } catch (error) {
      if (turn !== this.#reading) return;
      this.#miss(problemOf(error));
    }
    this.#changed();
  }

  /** @param {Todo} todo */
  #see(todo) {
    const known = this.known(todo.id);
    if (this.#gone.has(todo.id)) return;
    if (!known || known.updatedAt < todo.updatedAt) this.#known.set(todo.id, { todo });
  }

  /** @param {service.Problem} problem */
  #miss(problem) {
    if (this.phase === "ready") return;
    const enough = this.phase === "more" || (!navigator.onLine && this.#known.size);
    if (this.phase === "loading" && enough) {
      this.#listed = new Set(this.#known.keys());
      this.next = undefined;
    } else this.problem = problem;
    this.phase = enough ? "ready" : "failed";
  }

  #ask(id) {
    const seen = this.#known.get(id);
    if (!seen?.tag) service.get(id).then((found) => this.#known.get(id) === seen && (this.#learn(found), this.#changed()), () => {});
  }

  #learn(version) {
    const { todo } = version;
    if (this.#gone.has(todo.id)) return;
    this.#known.set(todo.id, { ...version, at: Date.now() });
    const before = (id) => place(this.known(id) ?? todo) < place(todo);
    if (!this.next || [...this.#listed].some(before)) this.#listed.add(todo.id);
  }

  #forget(id) {
    this.#gone.add(id);
    this.#known.delete(id);
    this.#listed.delete(id);
  }

  /** @param {Change} change @param {Map<string, Row>} rows */
  #apply(change, rows) {
    const { id, kind, state, fields, base } = change;
    const kept = state === "open" || state === "failed";
    if (kind === "create") rows.set(id, row({ id, completed: false, ...fields }));
    else if (kept && base && !rows.has(id)) rows.set(id, row(this.known(id) ?? base));
    const found = rows.get(id);
    if (!found) return;
    found.kept ||= kept;
    if (state === "failed") found.failures.push(change);
    else if (kind === "delete") rows.delete(id);
    else if (state === "saving") {
      Object.assign(found.todo, fields);
      found.saving = true;
    }
  }

  /** @returns {Change} */
  #enter(kind, state, id, fields = {}) {
    const change = { kind, state, id, fields, base: this.known(id) };
    this.#changes.push(change);
    return change;
  }

  #drop(unwanted) {
    this.#changes = this.#changes.filter((change) => !unwanted(change));
  }

  /** @param {Change} change */
  async #send(change) {
    change.state = "saving";
    change.problem = change.theirs = undefined;
    const before = this.#turns.get(change.id) ?? Promise.resolve();
    this.#turns.set(change.id, before.then(() => this.#attempt(change)));
    this.#changed();
    await this.#turns.get(change.id);
  }

  /** @param {Change} change */
  async #attempt(change) {
    const { kind, id, fields } = change;
    try {
      if (!navigator.onLine) throw service.offline();
      if (kind === "create") this.#succeed(change, await service.create(fields, id));
      else if (kind === "update") this.#succeed(change, await service.update(id, fields, await this.#current(change)));
      else await this.#delete(change, await this.#current(change));
    } catch (error) {
      await this.#fail(change, error);
    }
    this.#changed();
    this.dispatchEvent(new CustomEvent("settled", { detail: change }));
  }

  /** @param {Change} change */
  async #delete(change, tag) {
    await service.remove(change.id, tag);
    this.#drop(({ id }) => id === change.id);
    this.#forget(change.id);
    this.#others.postMessage(change.id);
  }

  /** @param {Change} change */
  async #current(change) {
    if (!this.#tag(change)) this.#learn(await service.get(change.id));
    return this.#tag(change) ?? Promise.reject(new service.Problem({ title: "", detail: "", status: 412 }));
  }

  /** @param {Change} change */
  #tag({ id, base }) {
    const version = this.#known.get(id);
    return version && alike(version.todo, base) ? version.tag : undefined;
  }

  /** @param {Change} change @param {Version} version */
  #succeed(change, version) {
    this.#drop((each) => each === change);
    for (const later of this.#changes) {
      if (later.id === change.id && alike(later.base, change.base)) later.base = version.todo;
    }
    this.#learn(version);
    this.#others.postMessage(version);
  }

  /** @param {Change} change */
  async #fail(change, error) {
    const problem = problemOf(error);
    if (problem.status === 412) {
      const found = await service.get(change.id).catch(problemOf);
      if (found instanceof service.Problem) return this.#refuse(change, found);
      // Ours: only its answer got lost.
      if (change.kind === "update" && !different(change.fields, found.todo).length) return this.#succeed(change, found);
      this.#learn(found);
      change.theirs = found.todo;
    }
    this.#refuse(change, problem);
  }

  #refuse(change, problem) {
    if (problem.status === 404) {
      this.#forget(change.id);
      if (change.kind === "delete") return this.#drop(({ id }) => id === change.id);
    }
    change.state = "failed";
    change.problem = problem;
  }

  async #commit() {
    const waiting = this.held;
    for (const change of waiting) change.state = "queued";
    this.pause();
    this.#changed();
    while (waiting.length) {
      const now = waiting.splice(0, 6).filter(({ state }) => state === "queued");
      await Promise.all(now.map((change) => this.#send(change)));
    }
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

async function pages(query, wanted = Infinity) {
  const items = [];
  let next = query.cursor;
  do {
    const page = await service.list({ ...query, cursor: next });
    items.push(...page.items);
    next = page.next;
  } while (next && items.length < wanted);
  return { items, next };
}

/** @returns {Row} */
const row = (todo) => ({ todo: { ...todo }, saving: false, kept: false, failures: [] });

const place = ({ createdAt, id }) => `${createdAt ?? "~"} ${id}`;

export const different = (fields = {}, todo) => Object.keys(fields).filter((name) => fields[name] !== todo?.[name]);

const alike = (one, other) => different(one, other).every((name) => name === "updatedAt");

function problemOf(error) {
  if (error instanceof service.Problem) return error;
  throw error;
}
