/** The page of one collection: from what the reader does to the items, and back to what is seen. */
import { Problem, connection, isStill } from "./api.js";
import { find, say } from "./dom.js";
import { Fields } from "./form.js";
import { Items } from "./items.js";
import { Look } from "./look.js";
import { different } from "./merge.js";
import { patience } from "./outbox.js";
import { RowView, showFailuresBy } from "./row.js";

const ALARM_MS = 10_000;
const FRESH_MS = 60_000;
const FOCUS_MS = 10_000;
const LAST_REFRESH_MS = 960_000;

export class List {
  /** @type {Map<string, RowView>} */
  views = new Map();
  rows = find("rows");
  /** @type {HTMLAnchorElement[]} */
  links = [];
  #show = "";
  alarmEnds = 0;
  #refreshing = 0;
  #failures = 0;
  readAt = 0;
  /** What is typed and not kept yet, by where. @type {Map<string, () => void>} */ #typed = new Map();

  /** @param {Collection} collection @param {string} name @param {string} contract */
  constructor(collection, name, contract) {
    this.contract = contract;
    this.look = new Look(collection);
    this.items = new Items(collection, name);
    this.outbox = this.items.outbox;
    this.add = new Fields(find("add"), collection.create?.body ?? {}, this.look, undefined, `New ${this.look.one}`);
    this.#listen();
  }

  async open() {
    const { look, items } = this;
    say("heading", look.heading);
    find("list").ariaLabel = look.many.charAt(0).toUpperCase() + look.many.slice(1);
    find("filters").replaceChildren(...Object.keys(look.shows).map((name, index) => this.#link(name, !index)));
    find("filters").hidden = this.links.length < 2;
    find("add").hidden = !look.collection.create;
    await items.load();
    this.add.values = this.items.storage.note("draft") ?? {};
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
    const rows = items.rows();
    const leave = this.#focused();
    const glide = this.#moved();
    const ids = new Set(rows.map(({ id }) => id));
    for (const [id, view] of this.views) if (!ids.has(id)) this.#remove(id, view);
    const waiting = !items.storage.lasting ? "Not saved yet" : "Saved on this device";
    let next = this.rows.firstElementChild;
    for (const row of rows) {
      const view = this.views.get(row.id) ?? new RowView(row, look);
      const { element } = view;
      this.views.set(row.id, view);
      view.show(row, waiting);
      if (element === next) next = next.nextElementSibling;
      else this.rows.insertBefore(element, next);
    }
    this.#renderStates(rows);
    leave();
    glide();
    if (!rows.length && items.next && items.phase === "ready" && !items.problem) items.more();
  }

  /** The answer lets rows glide from where they were. */
  #moved() {
    if (matchMedia("(prefers-reduced-motion)").matches) return () => {};
    const before = new Map([...document.querySelectorAll("li, .foot")].map((row) => [row, row.getBoundingClientRect().top]));
    return () => {
      for (const [row, from] of before) {
        const to = row.getBoundingClientRect().top;
        if (from !== to && Math.min(from, to) < innerHeight) row.animate({ translate: [`0 ${from - to}px`, "0 0"] }, 160);
      }
    };
  }

  #remove(id, { element }) {
    element.remove();
    this.views.delete(id);
  }

  /** @param {Shown[]} rows */
  #renderStates(rows) {
    const { look, items, outbox } = this;
    const { phase, problem, next } = items;
    const failed = phase === "failed";
    const [title, text] = look.shows[this.#show].empty;
    const open = rows.filter(({ item }) => !look.done || !item[look.done]).length;
    const count = open && !failed ? `${open}${next ? "+" : ""}` : "";
    say("count", count && (look.done ? `${count} open` : count));
    document.title = count ? `(${count}) ${look.heading}` : look.heading;
    find("list").ariaBusy = String(phase === "loading" || phase === "more");
    reveal("skeleton", phase === "loading" && !rows.length);
    reveal("state", failed || (phase === "ready" && !rows.length && !next));
    find("state").classList.toggle("failed", failed);
    say("sign", failed ? "!" : "✓");
    say("state-title", failed ? "The list could not be loaded" : title);
    say("state-text", failed ? problem?.message : text);
    reveal("read", failed);
    say("more", phase === "more" ? "Loading…" : problem ? "Retry" : "Load more");
    reveal("more", next && phase !== "loading");
    say("more-fault", !failed && problem?.message);
    reveal("clear", look.done && !failed && (next || rows.some(({ item }) => item[look.done ?? ""])));
    this.deeds?.undo.show();
    this.#renderConnection(outbox.changes.filter(({ state }) => state === "waiting").length);
    this.#renderFailures(rows);
  }

  #renderConnection(waiting) {
    const { lasting } = this.items.storage;
    const kept = waiting === 1 ? "1 change is" : `${waiting} changes are`;
    reveal("offline", connection.offline);
    say("offline-text", !waiting ? "You are offline."
      : lasting ? `You are offline. ${kept} saved on this device.`
      : `You are offline. ${kept} not saved yet: keep this page open.`);
  }

  /** One button for all that may succeed by now. @param {Shown[]} rows */
  #renderFailures(rows) {
    const failures = rows.flatMap((row) => row.failures).filter(repeatable);
    reveal("failures", failures.length > 1);
    say("failures-text", `${failures.length} changes were not saved.`);
  }

  named(gone) {
    return gone.length === 1 ? this.look.quoted(gone[0].base) : `${gone.length} ${this.look.many}`;
  }

  // -- the focus, and what is said ---------------------------------------------------------------

  /** The answer saves a lost focus. */
  #focused() {
    /** @type {any} */
    const at = document.activeElement;
    const row = at?.closest("li");
    const index = [...this.rows.children].indexOf(row);
    return () => {
      if (!row || at.isConnected) return;
      part(row.isConnected ? row : this.rows.children[index] ?? this.rows.lastElementChild, at)?.focus();
      if (document.activeElement === document.body) this.add.focus();
    };
  }

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
    const { outbox, add } = this;
    this.items.addEventListener("named", (/** @type {any} */ { detail: { was, id } }) => this.#rename(was, id));
    outbox.addEventListener("settled", (/** @type {any} */ { detail }) => this.deeds?.settled(detail));
    outbox.addEventListener("kept", (/** @type {any} */ { detail }) => this.deeds?.kept(detail));
    connection.addEventListener("change", () => this.#reached());
    const { rows } = this;
    add.form.addEventListener("input", () => this.#do("draft"));
    add.form.onsubmit = (event) => this.#do("create", event);
    rows.onsubmit = (event) => this.#do("submit", event);
    rows.onclick = ({ target }) => this.#do("press", target);
    rows.ondblclick = ({ target }) => this.#do("open", target);
    rows.oninput = ({ target }) => this.#do("type", target);
    find("undo-all").onclick = () => this.#do("bringBack");
    find("clear").onclick = () => this.#do("clear");
    find("retry-all").onclick = () => this.#do("retryAll");
    find("again-now").onclick = () => this.refresh();
    find("read").onclick = () => {
      find("list").focus();
      this.go();
    };
    find("more").onclick = ({ target }) => this.#do("more", target);
    addEventListener("popstate", () => this.go());
    addEventListener("focus", () => this.#refreshSoon());
    addEventListener("online", () => this.refresh());
    addEventListener("offline", () => this.refresh());
    addEventListener("pagehide", () => {
      this.deeds?.flush();
      this.items.storage.leave();
    });
    addEventListener("beforeunload", (event) => {
      this.deeds?.flush();
      if (this.outbox.unkept) event.preventDefault();
    });
    document.addEventListener("visibilitychange", () => (document.hidden ? this.deeds?.flush() : this.#refreshSoon()));
    setInterval(() => this.views.forEach((view) => view.time()), 30_000);
  }

  /** What is done before it is loaded how, waits for that. @param {Event | HTMLElement} [on] */
  #do(name, on) {
    if (on instanceof Event) on.preventDefault();
    if (this.deeds) this.deeds[name](on);
    else this.#load().then(() => this.deeds?.[name](on));
  }

  /** All that is needed once there is a list to do something to. */
  async #load() {
    const [{ Deeds }, { listen }] = await Promise.all([import("./deeds.js"), import("./keys.js")]);
    if (this.deeds) return;
    this.deeds = new Deeds(this);
    listen(this, this.deeds);
    this.deeds.restore();
    const [failure] = await Promise.all([import("./failure.js"), import("./sender.js")]);
    showFailuresBy(failure);
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

  #link(name, first) {
    const link = document.createElement("a");
    link.href = first ? "./" : `?show=${name}`;
    link.textContent = this.look.shows[name].label;
    link.dataset.show = name;
    link.onclick = (event) => this.#follow(event, link);
    this.links.push(link);
    return link;
  }

  async #follow(event, link) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (this.deeds && !this.deeds.leaveEdits()) return;
    history.pushState(null, "", link.href);
    await this.go();
    if (this.items.phase === "ready" && link.ariaCurrent) {
      this.announce(`${link.textContent}: ${this.views.size}${this.items.next ? " or more" : ""} shown.`);
    }
  }

  /** Marks the filter that the address names. */
  #mark() {
    const current = this.links.find(({ search }) => search === location.search) ?? this.links[0];
    for (const link of this.links) link.ariaCurrent = link === current ? "page" : null;
    if (current.dataset.show !== this.#show) {
      for (const [id, view] of this.views) if (!view.editing) this.#remove(id, view);
    }
    this.#show = current.dataset.show ?? "";
  }

  /** Reads what the address asks for. */
  async go() {
    this.#mark();
    await this.items.read(this.look.shows[this.#show].filter);
    this.#plan(this.items.phase === "ready" && !connection.offline);
    if (this.items.phase === "failed") this.alarm(`The list could not be loaded. ${this.items.problem?.message}`, true);
  }

  #refreshSoon() {
    if (Date.now() - this.readAt > FOCUS_MS) this.refresh();
  }

  /** Reads the first page again, unless this address has become another API's. */
  async refresh() {
    clearTimeout(this.#refreshing);
    this.readAt = Date.now();
    if (connection.offline && !(await isStill(this.contract))) return this.alarm("Another API answers at this address by now. Reload the page.");
    this.#plan(await this.items.refresh());
  }

  /** When to look again: while offline soon, while nobody looks not at all. */
  #plan(fine) {
    clearTimeout(this.#refreshing);
    this.readAt = Date.now();
    this.#failures = fine ? 0 : this.#failures + 1;
    const wait = fine ? FRESH_MS : connection.offline ? patience(this.#failures - 1) : patience(this.#failures, FRESH_MS, LAST_REFRESH_MS);
    this.#refreshing = setTimeout(() => {
      if (!document.hidden || this.outbox.changes.length) this.refresh();
      else this.#plan(fine);
    }, wait);
  }

  #reached() {
    this.render();
    if (connection.offline) this.#plan(false);
    else this.announce("You are online again.");
  }
}

const reveal = (name, wanted) => (find(name).hidden = !wanted);

/** The same part of another row, or else its first. */
export const part = (row, like) => row && (find(`part="${like?.dataset.part}"`, row) ?? find("part", row));

/** Whether the same request may succeed by now. @param {Change} change */
export const repeatable = ({ theirs, problem }) => !theirs && problem?.status !== 404;
