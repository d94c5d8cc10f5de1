/** The page of one collection: from what the reader does to the items, and back to what is seen. */
import { connection } from "./api.js";
import { find, say, styles } from "./dom.js";
import { Filters } from "./filters.js";
import { Fields, checkBy, prepare } from "./form.js";
import { Items } from "./items.js";
import { Look, upper } from "./look.js";
import { RowView, prepareRows, showFailuresBy } from "./row.js";

const ALARM_MS = 10_000;
/** From here on only the rows in view are laid out; before that it would only make them jump. */
const MANY = 200;

export class List {
  /** @type {Map<string, RowView>} */
  views = new Map();
  /** The same in their order: above the fold, and what is done below. @type {RowView[][]} */
  parts = [[], []];
  rows = find("rows");
  fold = find("fold");
  folded = find("rows", this.fold);
  #query = "";
  alarmEnds = 0;
  /** How rows move, and the focus with them, once that is loaded. @type {typeof import("./motion.js") | undefined} */
  motion;
  /** What does the functions of an item, where there are any. @type {ReturnType<typeof import("./doing.js").offer> | undefined} */
  press;
  /** @type {import("./freshness.js").Freshness | undefined} */
  freshness;

  /** @param {Look} look @param {string} name of what this device keeps @param {string} contract */
  constructor(look, name, contract) {
    this.contract = contract;
    this.look = look;
    this.items = new Items(look.collection, name);
    this.filters = new Filters(look, (event, target, label) => this.#follow(event, target, label));
    this.add = new Fields(find("add"), look, look.creating);
    this.#listen();
  }

  /** What shows a collection, once it is opened. @param {Collection} collection @param {Record<string, string>} place @param {string} name */
  static async of(collection, place, name, contract) {
    const look = new Look(collection, place);
    await Promise.all([prepareRows(look), ...[look.creating, look.updating, look.boxes].map(({ schema }) => prepare(schema, look.done))]);
    return new List(look, name, contract);
  }

  async open() {
    const { look, items } = this;
    say("heading", look.heading);
    find("list").ariaLabel = upper(look.many);
    find("add").hidden = !look.collection.create;
    await items.load();
    this.add.show({}, items.storage.note("draft"));
    this.#mark();
    items.addEventListener("change", () => this.render());
    find("main").hidden = false;
    this.render();
    await this.go();
    await this.#load();
  }

  // -- what is seen ------------------------------------------------------------------------------

  /** Shows what is new, and only that: whatever else is there stays as it is. */
  render() {
    const { items, look } = this;
    const wanted = find("find").value.trim().toLowerCase();
    const settle = this.motion?.before(this);
    const waiting = !items.storage.lasting ? "Not saved yet" : "Saved on this device";
    const folds = !wanted && items.filter[look.done ?? ""] === undefined;
    /** @type {RowView[]} */
    const views = [];
    for (const [id, row] of items.news()) {
      if (row && (row.kept || !wanted || look.matches(row.item, wanted))) views.push(this.#show(row, waiting));
      else this.#remove(id);
    }
    const [above, below] = this.parts;
    const isDone = ({ row: { item } }) => look.isDone(item);
    views.sort((one, other) => items.order(other.row.id, one.row.id));
    for (const view of views) this.#release(view);
    for (const view of views) {
      if (folds && isDone(view)) this.#put(view, below, this.folded);
      else this.#put(view, above, this.rows);
    }
    this.rows.toggleAttribute("data-many", above.length > MANY);
    this.folded.toggleAttribute("data-many", below.length > MANY);
    this.#renderFold(below.length, views.some((view) => view.row.kept && isDone(view)));
    this.#renderStates(above.length, folds ? below.length : above.filter(isDone).length);
    this.deeds?.show(views);
    this.freshness?.show();
    settle?.();
    if (!this.views.size && !wanted && items.next && items.phase === "ready" && !items.problem) items.more();
  }

  /** @param {Shown} row @param {string} waiting what is said of a change that has to wait */
  #show(row, waiting) {
    const view = this.views.get(row.id) ?? new RowView(row, this.look);
    this.views.set(row.id, view);
    view.show(row, waiting);
    return view;
  }

  #remove(id) {
    const view = this.views.get(id);
    if (!view) return;
    this.views.delete(id);
    this.#release(view);
    view.element.remove();
  }

  /** Leaves a row where it is, and knows no more of its place. @param {RowView} view */
  #release(view) {
    for (const rows of this.parts) {
      const index = rows.lastIndexOf(view);
      if (index >= 0) rows.splice(index, 1);
    }
  }

  /** Puts a row where it belongs, once those that come after it are there. @param {RowView} view @param {RowView[]} rows @param {HTMLElement} around */
  #put(view, rows, around) {
    const { element, row } = view;
    const index = countWhile(rows, (each) => this.items.order(each.row.id, row.id) < 0);
    const next = rows[index]?.element ?? null;
    rows.splice(index, 0, view);
    if (element.parentNode !== around || element.nextElementSibling !== next) around.insertBefore(element, next);
  }

  /** What is done stands below, and is open only if the reader wants it, or something in it waits for them. */
  #renderFold(count, isWaiting) {
    const { look, items, fold } = this;
    fold.hidden = !count;
    if (fold.hidden) return;
    say("fold-title", `${look.label(look.done)} (${count}${items.next ? "+" : ""})`);
    fold.toggleAttribute("open", Boolean(items.storage.note("unfolded") || isWaiting));
  }

  /** @param {number} unfolded @param {number} done */
  #renderStates(unfolded, done) {
    const { look, items } = this;
    const { phase, problem, next } = items;
    const failed = phase === "failed";
    const { size } = this.views;
    const [title, text] = look.empty(find("find").value || (size ? `${look.done}=false` : this.#query));
    const open = size - done;
    const count = open && !failed ? `${open}${next ? "+" : ""}` : "";
    say("count", count && (look.done ? `${count} open` : count));
    document.title = count ? `(${count}) ${look.heading}` : look.heading;
    find("list").ariaBusy = String(phase === "loading" || phase === "more");
    reveal("skeleton", phase === "loading" && !size);
    reveal("state", failed || (phase === "ready" && !unfolded && (!next || find("find").value)));
    find("state").classList.toggle("failed", failed);
    say("sign", failed ? "!" : "✓");
    say("state-title", failed ? "The list could not be loaded" : title);
    say("state-text", failed ? problem?.message : text);
    reveal("read", failed);
    say("more", phase === "more" ? "Loading…" : problem ? "Retry" : "Load more");
    reveal("more", next && phase !== "loading");
    say("more-fault", !failed && problem?.message);
    reveal("clear", look.done && !failed && (next || done));
  }

  named(gone) {
    return gone.length === 1 ? this.look.quoted(gone[0].base) : `${gone.length} ${this.look.many}`;
  }

  /** The rows that can be seen, from above. */
  get inOrder() {
    return this.fold.open ? this.parts.flat() : this.parts[0];
  }

  // -- the focus, and what is said ---------------------------------------------------------------

  /** @returns {RowView | undefined} */
  viewOf(target) {
    return this.views.get(target.closest("[data-rows] > li")?.dataset.id);
  }

  announce(text) {
    find("status").textContent = text;
  }

  alarm(text, seen = false) {
    const place = find("alert");
    place.textContent = text;
    place.classList.toggle("unseen", seen);
    clearTimeout(this.alarmEnds);
    this.alarmEnds = setTimeout(() => (place.textContent = ""), ALARM_MS);
  }

  // -- what happens to it ------------------------------------------------------------------------

  #listen() {
    const { add } = this;
    this.items.addEventListener("named", (/** @type {any} */ { detail: { was, id } }) => this.#rename(was, id));
    add.form.addEventListener("input", () => this.#do("draft"));
    add.form.onsubmit = (event) => this.#do("create", event);
    const list = find("list");
    list.onsubmit = (event) => this.#do("submit", event);
    list.onclick = (event) => {
      const isLink = /** @type {any} */ (event.target).closest("a");
      if (isLink && (event.ctrlKey || event.metaKey || event.shiftKey || !("part" in isLink.dataset))) return;
      this.#do("press", event.target, isLink && event);
    };
    list.ondblclick = ({ target }) => this.#do("open", target);
    list.oninput = ({ target }) => this.#do("type", target);
    find("fold-title").onclick = () => this.items.storage.write("unfolded", !this.fold.open, false);
    find("find").oninput = () => {
      this.items.touchAll();
      this.render();
    };
    find("undo-all").onclick = () => this.#do("bringBack");
    find("clear").onclick = () => this.#do("clear");
    find("retry-all").onclick = () => this.#do("retryAll");
    find("read").onclick = () => {
      find("list").focus();
      this.go();
    };
    find("more").onclick = ({ target }) => this.#do("more", target);
    addEventListener("popstate", () => this.go());
    addEventListener("pagehide", () => {
      this.deeds?.flush();
      this.items.storage.leave();
    });
    addEventListener("beforeunload", (event) => {
      this.deeds?.flush();
      if (this.items.outbox?.unkept) event.preventDefault();
    });
    document.addEventListener("visibilitychange", () => document.hidden && this.deeds?.flush());
    setInterval(() => this.views.forEach((view) => view.element.checkVisibility({ contentVisibilityAuto: true }) && view.time()), 30_000);
  }

  /** What is done before it is loaded how, waits for that. @param {Event | EventTarget | null} [on] @param {Event | null} [event] */
  #do(name, on, event = on instanceof Event ? on : undefined) {
    event?.preventDefault();
    if (this.deeds) this.deeds[name](on);
    else this.#load().then(() => this.deeds?.[name](on));
  }

  /** All that is needed once there is a list to do something to. */
  async #load() {
    const [{ Outbox }, { Deeds }, { listen }, { Freshness }, faults, failure, motion, doing] = await Promise.all([
      import("./outbox.js"), import("./deeds.js"), import("./keys.js"), import("./freshness.js"), import("./faults.js"), import("./details.js"), import("./motion.js"),
      this.look.collection.functions && import("./doing.js"),
      styles("later.css"),
    ]);
    if (this.deeds) return;
    checkBy(faults);
    showFailuresBy(failure);
    this.motion = motion;
    this.freshness = new Freshness(this);
    this.press = doing?.offer(this);
    this.deeds = new Deeds(this, new Outbox(this.items.service, this.items.storage, this.items));
    listen(this, this.deeds);
    this.deeds.restore();
    const id = new URLSearchParams(location.search).get("id");
    if (id) this.deeds.visit(id);
    this.render();
  }

  #rename(was, id) {
    const view = this.views.get(was);
    if (!view) return;
    this.#remove(id);
    this.views.delete(was);
    this.views.set(id, view);
    if (view.editing) view.editing.change = { ...view.editing.change, id };
  }

  // -- reading -----------------------------------------------------------------------------------

  async #follow(event, target, label) {
    event.preventDefault();
    if (this.deeds && !this.deeds.leaveEdits()) return;
    history.pushState(null, "", target);
    await this.go();
    if (this.items.phase === "ready") this.announce(`${label}: ${this.views.size}${this.items.next ? " or more" : ""} shown.`);
  }

  /** Marks the filters that the address names. */
  #mark() {
    const query = String(new URLSearchParams(this.filters.chosen));
    this.filters.mark();
    if (query !== this.#query) {
      for (const [id, view] of this.views) if (!view.editing) this.#remove(id);
    }
    this.#query = query;
  }

  /** Reads what the address asks for. */
  async go() {
    this.#mark();
    await this.items.read(this.filters.chosen);
    this.freshness?.plan(this.items.phase === "ready" && !connection.offline);
    if (this.items.phase === "failed") this.alarm(`The list could not be loaded. ${this.items.problem?.message}`, true);
  }
}

/** How many of some rows, from the first on, are so; looked for by halves. @param {RowView[]} rows @param {(view: RowView) => boolean} isSo */
export function countWhile(rows, isSo) {
  let from = 0;
  for (let to = rows.length; from < to; ) {
    const middle = (from + to) >> 1;
    if (isSo(rows[middle])) from = middle + 1;
    else to = middle;
  }
  return from;
}

const reveal = (name, wanted) => (find(name).hidden = !wanted);

/** The same part of another row, or else its first. @param {RowView | undefined} view @param {any} [like] */
export const part = (view, like) => view?.part(like?.dataset.part) ?? (view && find("part", view.element));
