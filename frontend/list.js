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
  rows = find("rows");
  fold = find("fold");
  /** The rows of what is done, folded below the others. */
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

  render() {
    const { items, look } = this;
    const wanted = find("find").value.trim().toLowerCase();
    const rows = items.rows().filter(({ item, kept }) => kept || !wanted || look.matches(item, wanted));
    const settle = this.motion?.before(this);
    const ids = new Set(rows.map(({ id }) => id));
    for (const [id, view] of this.views) if (!ids.has(id)) this.#remove(id, view);
    const waiting = !items.storage.lasting ? "Not saved yet" : "Saved on this device";
    const folds = !wanted && items.filter[look.done ?? ""] === undefined;
    const { open = [], folded = [] } = Object.groupBy(rows, ({ item }) => (folds && look.isDone(item) ? "folded" : "open"));
    const [first, second] = [open, folded].map((part) => part.map((row) => this.#show(row, waiting)));
    this.rows.append(...first.filter(({ parentNode }) => parentNode !== this.rows));
    this.folded.append(...second.filter(({ parentNode }) => parentNode !== this.folded));
    arrange(this.rows, first);
    arrange(this.folded, second);
    this.#renderFold(folded);
    this.#renderStates(rows, open);
    settle?.();
    if (!rows.length && !wanted && items.next && items.phase === "ready" && !items.problem) items.more();
  }

  /** @param {Shown} row @param {string} waiting what is said of a change that has to wait */
  #show(row, waiting) {
    const view = this.views.get(row.id) ?? new RowView(row, this.look);
    this.views.set(row.id, view);
    view.show(row, waiting);
    return view.element;
  }

  /** What is done stands below, and is open only if the reader wants it, or something in it waits for them. @param {Shown[]} folded */
  #renderFold(folded) {
    const { look, items, fold } = this;
    fold.hidden = !folded.length;
    if (fold.hidden) return;
    say("fold-title", `${look.label(look.done)} (${folded.length}${items.next ? "+" : ""})`);
    fold.toggleAttribute("open", Boolean(items.storage.note("unfolded") || folded.some(({ kept }) => kept)));
  }

  #remove(id, { element }) {
    element.remove();
    this.views.delete(id);
  }

  /** @param {Shown[]} rows @param {Shown[]} unfolded */
  #renderStates(rows, unfolded) {
    const { look, items } = this;
    const { phase, problem, next } = items;
    const failed = phase === "failed";
    const [title, text] = look.empty(find("find").value || (rows.length ? `${look.done}=false` : this.#query));
    const open = rows.filter(({ item }) => !look.isDone(item)).length;
    const count = open && !failed ? `${open}${next ? "+" : ""}` : "";
    say("count", count && (look.done ? `${count} open` : count));
    document.title = count ? `(${count}) ${look.heading}` : look.heading;
    find("list").ariaBusy = String(phase === "loading" || phase === "more");
    reveal("skeleton", phase === "loading" && !rows.length);
    reveal("state", failed || (phase === "ready" && !unfolded.length && (!next || find("find").value)));
    find("state").classList.toggle("failed", failed);
    say("sign", failed ? "!" : "✓");
    say("state-title", failed ? "The list could not be loaded" : title);
    say("state-text", failed ? problem?.message : text);
    reveal("read", failed);
    say("more", phase === "more" ? "Loading…" : problem ? "Retry" : "Load more");
    reveal("more", next && phase !== "loading");
    say("more-fault", !failed && problem?.message);
    reveal("clear", look.done && !failed && (next || rows.some(({ item }) => look.isDone(item))));
    this.deeds?.show(rows);
    this.freshness?.show();
  }

  named(gone) {
    return gone.length === 1 ? this.look.quoted(gone[0].base) : `${gone.length} ${this.look.many}`;
  }

  /** The rows that can be seen, from above. @returns {Element[]} */
  get inOrder() {
    return [...this.rows.children, ...(this.fold.open ? this.folded.children : [])];
  }

  // -- the focus, and what is said ---------------------------------------------------------------

  viewOf(target) {
    return [...this.views.values()].find(({ element }) => element.contains(target));
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
    find("find").oninput = () => this.render();
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
    const listed = this.views.get(id);
    if (!view) return;
    if (listed) this.#remove(id, listed);
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
      for (const [id, view] of this.views) if (!view.editing) this.#remove(id, view);
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

/** Puts the rows of a list in order, and touches none that is in its place. @param {HTMLElement} list @param {HTMLElement[]} rows */
function arrange(list, rows) {
  let next = list.firstElementChild;
  for (const row of rows) {
    if (row === next) next = next.nextElementSibling;
    else list.insertBefore(row, next);
  }
  list.toggleAttribute("data-many", rows.length > MANY);
}

const reveal = (name, wanted) => (find(name).hidden = !wanted);

/** The same part of another row, or else its first. */
export const part = (row, like) => row && (find(`part="${like?.dataset.part}"`, row) ?? find("part", row));
