/** A row of the list: an item to read, to open, and what became of its changes. */
import { copy, find, make } from "./dom.js";
import { Fields } from "./form.js";
import { same } from "./items.js";
import { TIME } from "./look.js";

const AGO = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

/** What shows failures, once it is loaded. @type {typeof import("./details.js") | undefined} */
let failing;

export const showFailuresBy = (module) => (failing = module);

/** What shows facts, once it is loaded where there are any. @type {typeof import("./kinds.js") | undefined} */
let kinds;

/** Loads what the rows of a collection need. @param {import("./look.js").Look} look */
export async function prepareRows(look) {
  if (look.facts.length) kinds ??= await import("./kinds.js");
}

export class RowView {
  /** @type {HTMLLIElement} */
  element = copy("row");
  /** @type {Shown} */
  row;
  /** What is being typed, and since when. @type {{change: Change, fields: Fields, close: () => void} | undefined} */
  editing;
  /** What is open to be read. @type {HTMLElement | undefined} */
  open;
  /** @type {any[]} */
  #seen = [];
  /** @type {Map<string, import("./details.js").Failure>} */
  #failures = new Map();

  /** @param {Shown} row @param {import("./look.js").Look} look */
  constructor(row, look) {
    this.row = row;
    this.look = look;
    const { update, delete: deletion, functions = [] } = look.collection;
    if (!look.done) this.part("tick").remove();
    if (update) this.part("open").tabIndex = -1;
    else this.part("edit").remove();
    if (!deletion) this.part("delete").remove();
    find("texts", this.element).after(...functions.filter(({ on }) => on).map((each) =>
      make("button", { textContent: each.label, className: "function", data: { part: each.label } })));
  }

  /** @param {Shown} row @param {string} waiting what is said of a change that has to wait */
  show(row, waiting) {
    const seen = [row.item, row.saving, row.waiting && waiting];
    this.row = row;
    if (!seen.every((each, index) => same(each, this.#seen[index]))) {
      this.#seen = seen;
      this.#read(row);
      this.time(waiting);
    }
    this.#showFailures(row);
  }

  /** @param {Shown} row */
  #read({ item, saving }) {
    const { look, element } = this;
    const name = look.name(item);
    const title = this.part("open");
    title.textContent = name;
    title.href = look.address({ id: this.row.id });
    element.dataset.id = this.row.id;
    find("texts", element).replaceChildren(...this.#texts(item));
    element.toggleAttribute("data-done", look.isDone(item));
    element.ariaBusy = String(saving);
    const labels = { tick: name, edit: `Edit “${name}”`, delete: `Delete “${name}”` };
    for (const part in labels) if (this.part(part)) this.part(part).ariaLabel = labels[part];
    for (const each of element.querySelectorAll(".function")) each.ariaLabel = `${each.textContent} “${name}”`;
    if (look.done) this.part("tick").checked = item[look.done];
  }

  /** @param {Values} item */
  #texts(item) {
    const { look } = this;
    const texts = look.texts.filter((name) => item[name]).map((name) => make("p", { dir: "auto" }, ...linked(item[name])));
    const facts = kinds?.factsOf(item, look) ?? [];
    return facts.length ? [...texts, make("p", { className: "facts" }, ...facts)] : texts;
  }

  time(waiting = this.waiting) {
    this.waiting = waiting;
    const { created, stamps } = this.look.collection;
    const { item, saving } = this.row;
    const parts = created && item[created] ? [["Created ", time(item[created])]] : [];
    const changed = stamps.find((name) => name !== created && item[name] && item[name] !== item[created ?? ""]);
    if (changed) parts.push([parts.length ? "changed " : "Changed ", time(item[changed])]);
    if (saving || this.row.waiting) parts.push([saving ? "Saving…" : waiting]);
    const before = find("times", this.element);
    const times = make("p", { data: { times: "" } }, ...parts.flatMap((part, index) => (index ? [" · ", ...part] : part)));
    if (!times.isEqualNode(before)) before.replaceWith(times);
  }

  part(name) {
    return find(`part="${name}"`, this.element);
  }

  /** Opens it to read, or closes it again. @param {HTMLElement} detail */
  toggle(detail) {
    const { open } = this;
    open?.remove();
    this.open = open ? undefined : detail;
    if (this.open) find("reading", this.element).append(this.open);
  }

  /** Opens its form. @param {Change} change */
  edit(change, close) {
    const form = copy("edit");
    const fields = new Fields(form, this.look, this.look.updating);
    fields.show(change.base ?? this.row.item, change.fields);
    this.editing = { change, fields, close };
    this.element.prepend(form);
    find("reading", this.element).hidden = true;
  }

  focus() {
    this.editing?.fields.focus();
  }

  /** Closes its form. */
  read() {
    const { fields, close } = this.editing ?? {};
    const inside = fields?.form.contains(document.activeElement);
    find("reading", this.element).hidden = false;
    if (inside) this.part("edit").focus();
    fields?.form.remove();
    this.editing = undefined;
    close?.();
  }

  get failures() {
    return [...this.#failures.values()];
  }

  /** The failure that an element is in. */
  failure(place) {
    return this.failures.find(({ element }) => element.contains(place));
  }

  /** @param {Shown} row */
  #showFailures({ failures }) {
    if (!failures.length && !this.#failures.size) return;
    if (!failing) return;
    const { Failure } = failing;
    const before = this.#failures;
    this.#failures = new Map(failures.map((change) => {
      const view = before.get(change.key);
      if (view?.keep(change)) return [change.key, view];
      const made = new Failure(change, this.look);
      if (view) view.element.replaceWith(made.element);
      else this.element.append(made.element);
      return [change.key, made];
    }));
    for (const [key, { element }] of before) if (!this.#failures.has(key)) element.remove();
    const isTyped = this.failures.some(({ fields }) => fields);
    this.element.toggleAttribute("data-typed", isTyped);
  }
}

/** A text, with what is an address in it as a link. @returns {(Node | string)[]} */
function linked(text) {
  return text.split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]'])/).map((part, index) => (index % 2 ? link(part, part) : part));
}

export const link = (text, href) => make("a", { href, rel: "noreferrer", target: /^http/.test(href) ? "_blank" : "" }, text);

function time(stamp) {
  const element = document.createElement("time");
  const at = Date.parse(stamp);
  const minutes = Math.round((Date.now() - at) / 60_000);
  element.dateTime = stamp;
  element.lang = AGO.resolvedOptions().locale;
  element.textContent = minutes < 1 ? AGO.format(0, "second")
    : minutes < 60 ? AGO.format(-minutes, "minute")
    : minutes < 1440 ? AGO.format(-Math.round(minutes / 60), "hour")
    : TIME.format(at);
  return element;
}
