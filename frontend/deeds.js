/** What the reader does to the items, and what becomes of what they typed. */
import { connection, problemOf } from "./api.js";
import { find, say } from "./dom.js";
import { conflicting, deed, detail, reason } from "./details.js";
import { different, pick } from "./items.js";
import { part } from "./list.js";
import { upper } from "./look.js";
import { UNDO_MS } from "./outbox.js";

/** @typedef {import("./row.js").RowView} RowView */

const ASKED_MS = 2_000;
const EXTEND_MS = 2_000;

export class Deeds {
  #keeping = false;
  /** What is typed and not kept yet, by where. @type {Map<string, () => unknown>} */
  #typed = new Map();

  /** @param {import("./list.js").List} list @param {import("./outbox.js").Outbox} outbox */
  constructor(list, outbox) {
    this.list = list;
    this.look = list.look;
    this.items = list.items;
    this.outbox = outbox;
    this.undo = new UndoBar(outbox, (gone) => list.named(gone));
    outbox.addEventListener("settled", (/** @type {any} */ { detail }) => this.settled(detail));
    outbox.addEventListener("kept", (/** @type {any} */ { detail }) => this.kept(detail));
    list.items.sendBy(outbox);
    this.undo.show();
  }

  /** Offers to undo, and one button for all that may succeed by now. @param {RowView[]} views all that something is done to among them */
  show(views) {
    const failures = views.flatMap(({ row }) => row.failures).filter(repeatable);
    find("failures").hidden = failures.length < 2;
    say("failures-text", `${failures.length} changes were not saved.`);
    this.undo.show();
  }

  create() {
    const { add } = this.list;
    if (add.check()) this.addAll([add.values]);
  }

  /** Adds new items, the first of them on top. @param {Values[]} all */
  addAll(all) {
    const { add } = this.list;
    this.outbox.create(...all.toReversed());
    add.show({});
    this.draft();
    add.focus();
    this.#try();
  }

  /** Offline, a new change asks whether that is over. */
  #try() {
    if (connection.offline && Date.now() - Number(this.list.freshness?.readAt) > ASKED_MS) this.list.freshness?.refresh();
  }

  /** @param {{change: Change, beside?: string[]}} detail */
  settled({ change, beside = [] }) {
    const { look } = this;
    const { kind, state, fields, base } = change;
    if (state === "failed") this.list.alarm(reason(change, look), true);
    if (state === "failed" || kind === "delete") return;
    const others = beside.length ? ` ${beside.map((name) => look.label(name)).join(", ")} had changed in the meantime; both changes are kept.` : "";
    this.list.announce(`${upper(deed(change, look))} ${look.quoted({ ...base, ...fields })}.${others}`);
  }

  kept(changes) {
    if (connection.offline && changes.length === 1 && changes[0].kind !== "delete" && this.items.storage.lasting) {
      this.list.announce(`Saved ${this.look.quoted({ ...changes[0].base, ...changes[0].fields })} on this device.`);
    }
  }

  /** What a double click opens. */
  open(target) {
    const view = this.list.viewOf(target);
    if (view && !target.closest("button, input, a, .failure, form")) this.edit(view);
  }

  /** The item that the address names, wherever in the list it is. */
  async visit(id) {
    const { items, list, look } = this;
    try {
      if (!items.version(id)?.tag && look.collection.get) items.find(await items.service.get(id));
    } catch (error) {
      list.alarm(problemOf(error).message);
    }
    items.visited = items.version(id) ? id : "";
    list.render();
    const view = list.views.get(id);
    if (!view) return list.alarm(`This ${look.one} cannot be found. It may have been deleted.`);
    if (!view.editing && !view.open) await this.#openView(view);
    view.element.scrollIntoView({ block: "center" });
  }

  /** @param {RowView} view */
  async #openView(view) {
    if (this.look.collection.update) return this.edit(view);
    await this.#wholly(view);
    return view.toggle(detail(view.row, this.look));
  }

  /** Lists may show a part of each item only. @param {RowView} view */
  #wholly = ({ row }) => (this.look.collection.list?.partial && this.items.ask(row.id));

  /** A form of a row is sent. */
  submit({ target }) {
    const view = this.list.viewOf(target);
    const failure = view?.failure(target);
    if (failure) this.#retry(failure);
    else this.#save(view);
  }

  /** @param {RowView} view */
  async edit(view) {
    if (view.editing || !this.look.collection.update || !this.leaveEdits()) return;
    if (this.look.collection.list?.partial) await this.#wholly(view);
    else this.items.ask(view.row.id);
    const change = this.outbox.open(view.row.id, view.row.item);
    const closed = this.#open(view, change);
    navigator.locks?.request(this.#lock(change), () => closed);
    view.focus();
  }

  /** Opens a row's form; the answer is when it closes. @param {RowView} view @param {Change} change */
  #open(view, change) {
    const { promise, resolve } = /** @type {PromiseWithResolvers<void>} */ (Promise.withResolvers());
    this.items.typing.set(change.key, view);
    view.edit(change, () => {
      this.items.typing.delete(change.key);
      resolve();
    });
    const { form, names } = view.editing?.fields ?? {};
    if (form) find("fields", form).after(detail(view.row, this.look, names));
    return promise;
  }

  /** Opens what was being typed when an earlier page went, unless another tab has it open. */
  restore() {
    for (const change of this.outbox.changes.filter(({ state }) => state === "open")) {
      ifFree(this.#lock(change), () => {
        this.items.typing.set(change.key, undefined);
        this.list.render();
        const view = this.list.views.get(change.id);
        return view && !view.editing && this.#open(view, change);
      });
    }
  }

  /** What a tab holds as long as it has a change open. @param {Change} change */
  #lock = ({ key }) => `${this.items.storage.name} ${key}`;

  /** Keeps what is typed into the form for a new item. */
  draft() {
    this.#keep("draft", () => this.items.storage.write("draft", this.list.add.values, false));
  }

  /** Keeps what is typed into a row. */
  type(target) {
    const view = this.list.viewOf(target);
    const failure = view?.failure(target);
    if (failure?.fields) this.#keep(failure.change.key, () => this.outbox.type(failure.typed));
    else if (view?.editing) this.#keep(view.editing.change.key, () => this.#keepTyped(view));
  }

  /** @param {RowView} view */
  #keepTyped({ editing }) {
    return editing && this.outbox.type((editing.change = { ...editing.change, fields: changed(editing) }));
  }

  /** Keeps what is typed with each key; of what comes while that is on its way, the last. */
  #keep(name, keep) {
    this.#typed.set(name, keep);
    if (!this.#keeping) this.flush();
  }

  async flush() {
    this.#keeping = true;
    const all = [...this.#typed.values()];
    this.#typed.clear();
    await Promise.all(all.map((keep) => keep()));
    this.#keeping = false;
    if (this.#typed.size) this.flush();
  }

  leaveEdits() {
    return [...this.items.typing.values()].every((view) => !view?.element.isConnected || this.#save(view));
  }

  /** @param {RowView | undefined} view */
  #save(view) {
    if (!view?.editing) return true;
    const { change, fields } = view.editing;
    const made = changed(view.editing);
    const isChanged = Object.keys(made).length;
    if ((isChanged || !fields.empty) && !fields.check()) return false;
    this.#end(view);
    if (isChanged) this.outbox.update(change.id, made, change.base, change);
    else this.outbox.drop(change);
    if (isChanged) this.#try();
    return true;
  }

  /** @param {RowView} view */
  cancel(view) {
    const { change } = view.editing ?? {};
    this.#end(view);
    if (change) this.outbox.drop(change);
  }

  /** @param {RowView} view */
  #end(view) {
    this.#typed.delete(view.editing?.change.key ?? "");
    view.read();
  }

  /** @param {RowView} view */
  delete({ row }) {
    if (!this.look.collection.delete) return;
    this.items.ask(row.id);
    this.#hold([row]);
  }

  /** @param {Shown[]} rows */
  #hold(rows) {
    if (!rows.length) return;
    this.undo.withdraw();
    this.outbox.remove(rows);
    this.list.announce(`${this.undo.text} Press Control Z to undo.`);
  }

  async bringBack() {
    const { offered } = this.undo;
    this.undo.withdraw();
    if (offered) return offered.undo();
    const back = await this.outbox.undo();
    if (!back.length) return;
    focus([this.list.views.get(back[0].id)]);
    this.list.announce(`Restored ${this.list.named(back)}.`);
  }

  async more(target) {
    const { items, list } = this;
    if (items.phase !== "ready") return;
    const ends = list.parts.map((rows) => rows.at(-1));
    await items.more();
    if (items.problem) return list.alarm(items.problem.message, true);
    const brought = list.parts.flatMap((rows, index) => rows.slice(rows.findIndex((view) => view === ends[index]) + 1));
    list.announce(`${brought.length} more.`);
    if ([target, document.body].includes(document.activeElement)) focus(brought);
  }

  async clear() {
    const { items, look } = this;
    if (!look.done || !this.leaveEdits()) return;
    const done = { [look.done]: true };
    const seen = this.list.parts.flat().flatMap(({ row }) => (look.isDone(row.item) ? row : []));
    this.#hold(seen);
    find("list").focus();
    const isHeld = () => seen.every(({ id }) => this.outbox.held.some((change) => change.id === id));
    try {
      const others = await items.all(done);
      if (isHeld()) this.#hold(others);
      if (!seen.length && !others.length) this.list.announce("There is nothing completed to clear.");
    } catch (error) {
      await this.outbox.undo(new Set(seen.map(({ id }) => id)));
      this.list.alarm(problemOf(error).message);
    }
  }

  press(target) {
    const view = this.list.viewOf(target);
    const pressed = target.closest("button, [data-part]")?.dataset.part;
    const failure = view?.failure(target);
    if (!view) return;
    if (pressed === "open") this.#openView(view);
    else if (pressed === "edit") this.edit(view);
    else if (pressed === "delete") this.delete(view);
    else if (pressed === "cancel") this.cancel(view);
    else if (pressed === "tick") this.#tick(view);
    else if (failure && pressed === "retry") this.#retry(failure);
    else if (failure && pressed === "drop") this.#drop(failure);
    else this.list.press?.(pressed, view.row);
  }

  /** @param {RowView} view */
  #tick(view) {
    const { id, item } = view.row;
    const done = this.look.done ?? "";
    const { checked } = view.part("tick");
    const ticked = deed({ kind: "update", fields: { [done]: checked } }, this.look);
    this.outbox.update(id, { [done]: checked }, item);
    this.undo.offer(`${upper(ticked)} ${this.look.quoted(item)}.`, () => {
      this.outbox.update(id, { [done]: !checked }, { ...item, [done]: checked });
      this.list.announce(`Undone: ${this.look.quoted(item)}.`);
    });
    this.#try();
  }

  #retry(failure) {
    const { typed, fields, isGone } = failure;
    if (fields && !fields.check()) return;
    this.#typed.delete(failure.change.key);
    if (isGone) this.outbox.addAgain(typed);
    else this.outbox.retry(failure.change, typed.fields);
  }

  /** Forgets what failed; of a conflict only what conflicts. */
  #drop({ change }) {
    const conflicts = change.theirs && change.kind === "update" ? conflicting(change) : Object.keys(change.fields);
    const rest = Object.entries(change.fields).filter(([name]) => !conflicts.includes(name));
    if (rest.length) this.outbox.retry(change, Object.fromEntries(rest));
    else this.outbox.drop(change);
  }

  retryAll() {
    find("list").focus();
    for (const view of this.list.views.values()) {
      for (const failure of view.failures) if (repeatable(failure.change)) this.#retry(failure);
    }
  }
}

/** The bar that offers to undo deletions, and how long it does. */
class UndoBar {
  #bar = find("undo");
  #clock = find("clock").animate({ scale: ["1 1", "0 1"] }, UNDO_MS);
  #due = 0;
  #over = false;
  #focused = false;
  #extending = 0;
  /** What can be undone beside deletions. @type {{text: string, undo: () => void} | undefined} */
  offered;
  #offering = 0;

  /** @param {import("./outbox.js").Outbox} outbox @param {(gone: Change[]) => string} named */
  constructor(outbox, named) {
    this.outbox = outbox;
    this.named = named;
    this.#bar.onpointerenter = () => this.#watch(true, this.#focused);
    this.#bar.onpointerleave = () => this.#watch(false, this.#focused);
    this.#bar.addEventListener("focusin", () => this.#watch(this.#over, true));
    this.#bar.addEventListener("focusout", ({ relatedTarget }) => this.#watch(this.#over, this.#bar.contains(relatedTarget)));
  }

  /** Offers to undo something that is done already, for as long as deletions can be. */
  offer(text, undo) {
    this.withdraw();
    this.offered = { text, undo };
    this.#offering = setTimeout(() => this.withdraw(), UNDO_MS);
    this.#due = 0;
    this.#clock.currentTime = 0;
    this.#clock.play();
    this.show();
  }

  withdraw() {
    clearTimeout(this.#offering);
    this.offered = undefined;
    this.show();
  }

  get text() {
    return `Deleted ${this.named(this.outbox.held)}.`;
  }

  show() {
    const { held, due } = this.outbox;
    this.#bar.hidden = !held.length && !this.offered;
    if (this.offered) return say("undo-text", this.offered.text);
    if (!held.length) return this.#watch(false, false);
    say("undo-text", this.text);
    if (due === this.#due) return;
    this.#due = due;
    this.#clock.currentTime = Math.max(0, UNDO_MS - (due - Date.now()));
    if (!this.outbox.watched) this.#clock.play();
  }

  /** As long as the reader is there, nothing is deleted, and afterwards there is the whole time again. */
  #watch(over, focused) {
    this.#over = over;
    this.#focused = focused;
    const watched = over || focused;
    if (watched === this.outbox.watched) return;
    this.outbox.watched = watched;
    clearInterval(this.#extending);
    if (watched) this.#clock.pause();
    if (watched) this.#extending = setInterval(() => this.outbox.extend(), EXTEND_MS);
    if (!this.outbox.held.length) return;
    this.outbox.extend();
    this.outbox.go();
    this.show();
  }
}

/** What is typed that differs from what was there. @param {{change: Change, fields: import("./form.js").Fields}} editing */
const changed = ({ change, fields: { values } }) => pick(values, different(values, change.base));

/** Goes to the first of some rows that can be seen, or else to the list. */
const focus = (views) => (part(views.find((view) => view?.element.checkVisibility())) ?? find("list")).focus();

/** Whether the same request may succeed by now. @param {Change} change */
const repeatable = ({ theirs, problem }) => !theirs && problem?.status !== 404;

/** Holds a lock for as long as `run` takes, and runs only if it is free; where there are no locks it always is. */
const ifFree = (name, run) => (navigator.locks ? navigator.locks.request(name, { ifAvailable: true }, (lock) => lock && run()) : run());
