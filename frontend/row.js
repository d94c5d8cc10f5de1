/** A row of the list: an item to read, to edit, and what became of its changes. */
import { copy, find } from "./dom.js";
import { Fields } from "./form.js";

const AGO = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** What shows failures, once it is loaded. @type {typeof import("./failure.js") | undefined} */
let failing;

export const showFailuresBy = (module) => (failing = module);

export class RowView {
  /** @type {HTMLLIElement} */
  element = copy("row");
  /** @type {Shown} */
  row;
  /** What is being typed, and since when. @type {{change: Change, fields: Fields, close: () => void} | undefined} */ editing;
  #shown = "";
  /** @type {Map<string, import("./failure.js").Failure>} */
  #failures = new Map();

  /** @param {Shown} row @param {import("./look.js").Look} look */
  constructor(row, look) {
    this.row = row;
    this.look = look;
    if (!look.done) this.part("tick").remove();
    if (!look.collection.update) this.part("edit").remove();
    if (!look.collection.delete) this.part("delete").remove();
  }

  /** @param {Shown} row @param {string} waiting what is said of a change that has to wait */
  show(row, waiting) {
    this.row = row;
    const seen = JSON.stringify([row.item, row.saving, row.waiting && waiting]);
    if (seen !== this.#shown) {
      this.#shown = seen;
      this.#read(row);
      this.time(waiting);
    }
    this.#showFailures(row);
  }

  /** @param {Shown} row */
  #read({ item, saving }) {
    const { look, element } = this;
    const name = look.name(item);
    find("title", element).textContent = name;
    find("texts", element).replaceChildren(...look.texts.flatMap((each) => {
      const text = look.text(each, item[each]);
      if (!text) return [];
      const line = copy("text");
      line.textContent = text;
      return [line];
    }));
    element.toggleAttribute("data-done", Boolean(look.done && item[look.done]));
    element.ariaBusy = String(saving);
    const labels = { tick: name, edit: `Edit “${name}”`, delete: `Delete “${name}”` };
    for (const part in labels) if (this.part(part)) this.part(part).ariaLabel = labels[part];
    if (look.done) this.part("tick").checked = item[look.done];
  }

  time(waiting = this.waiting) {
    this.waiting = waiting;
    const { created, stamps } = this.look.collection;
    const { item, saving } = this.row;
    const parts = created && item[created] ? [["Created ", time(item[created])]] : [];
    const changed = stamps.find((name) => name !== created && item[name] && item[name] !== item[created ?? ""]);
    if (changed) parts.push([parts.length ? "changed " : "Changed ", time(item[changed])]);
    if (saving || this.row.waiting) parts.push([saving ? "Saving…" : waiting]);
    find("times", this.element).replaceChildren(...parts.flatMap((part, index) => (index ? [" · ", ...part] : part)));
  }

  part(name) {
    return find(`part="${name}"`, this.element);
  }

  /** Opens its form. @param {Change} change */
  edit(change, close) {
    const form = copy("edit");
    const fields = new Fields(form, this.look.collection.update?.body ?? {}, this.look, this.look.collection.item.required);
    fields.values = { ...this.row.item, ...change.fields };
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

function time(stamp) {
  const element = document.createElement("time");
  const at = Date.parse(stamp);
  const minutes = Math.round((Date.now() - at) / 60_000);
  element.dateTime = stamp;
  element.lang = AGO.resolvedOptions().locale;
  element.textContent = minutes < 1 ? AGO.format(0, "second")
    : minutes < 60 ? AGO.format(-minutes, "minute")
    : minutes < 1440 ? AGO.format(-Math.round(minutes / 60), "hour")
    : DATE.format(at);
  return element;
}
