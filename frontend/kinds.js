/** The kinds of values beside text: switches, choices, numbers, dates, tags, the properties of an object, and JSON. */
import { make } from "./dom.js";
import { wrongInside, wrongNumber } from "./faults.js";
import { Field, fieldOf } from "./form.js";
import { same } from "./items.js";
import { link } from "./row.js";

const MOST_FACTS = 8;

/** @param {Schema} schema @returns {typeof Field} */
export function kindOf(schema, { isInside = false } = {}) {
  const { type = "", enum: values, items, properties, nullable } = schema;
  if (values || (type === "boolean" && nullable)) return Choice;
  if (type === "array" && items && SCALARS.includes(items.type ?? "")) return Tags;
  if (properties && !isInside) return Group;
  return { boolean: Switch, integer: Numeric, number: Numeric, string: When }[type] ?? Raw;
}

const SCALARS = ["string", "integer", "number"];

/** Every kind but text. */
class Other extends Field {
  get isLong() {
    return false;
  }

  get takesNothing() {
    return false;
  }
}

class Switch extends Other {
  make() {
    this.element.classList.add("switch");
    return make("input", { type: "checkbox", role: "switch" });
  }

  get typed() {
    return this.input.checked;
  }

  set typed(typed) {
    this.input.checked = typed;
  }

  read(typed) {
    return typed;
  }

  write(value) {
    return value ?? false;
  }
}

class Choice extends Other {
  make() {
    const { required, schema, look } = this;
    const none = required && schema.default !== undefined ? [] : [new Option("", "")];
    return make("select", {}, ...none, ...this.#values.map((value) => new Option(look.text("", value, schema), String(value))));
  }

  get #values() {
    return (this.schema.enum ?? [true, false]).filter((each) => each !== null);
  }

  read(typed) {
    return this.#values.find((each) => String(each) === typed);
  }
}

class Numeric extends Other {
  make() {
    const { minimum = "", maximum = "", multipleOf, type } = this.schema;
    return make("input", { type: "number", min: minimum, max: maximum, step: multipleOf ?? (type === "integer" ? 1 : "any") });
  }

  read(typed) {
    return Number(typed);
  }

  misfit(value) {
    return typeof value === "number" ? wrongNumber(value, this.schema) : "";
  }
}

/** A date, or a time in the reader's own zone. */
class When extends Other {
  make() {
    return make("input", this.#isDay ? { type: "date" } : { type: "datetime-local", step: "any" });
  }

  get #isDay() {
    return this.schema.format === "date";
  }

  read(typed) {
    return this.#isDay ? typed : new Date(typed).toISOString();
  }

  write(value) {
    const at = new Date(value ?? NaN);
    if (this.#isDay || !at.getTime()) return String(value ?? "");
    return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().replace(/(:00)?(\.000)?Z$/, "");
  }
}

/** An array of scalars: what is added to it can be taken out again. */
class Tags extends Other {
  make() {
    const { items = {} } = this.schema;
    const entry = make("input", { type: items.type === "string" ? "text" : "number", autocomplete: "off", dir: "auto" });
    if (entry.type === "number") entry.step = "any";
    entry.onkeydown = (event) => this.#press(event);
    /** @type {any[]} */
    this.tags = [];
    this.list = make("ul", { className: "tags", role: "list" });
    this.fault.before(this.list);
    if (items.enum) {
      const known = make("datalist", { id: `known-${crypto.getRandomValues(new Uint32Array(1))}` }, ...items.enum.map((value) => make("option", { value })));
      entry.setAttribute("list", known.id);
      this.fault.before(known);
    }
    return entry;
  }

  get typed() {
    const all = [...this.#tags, ...this.#entered];
    return this.schema.uniqueItems ? [...new Set(all)] : all;
  }

  set typed(typed) {
    this.tags = [...typed];
    this.input.value = "";
    this.#show();
  }

  get isChanged() {
    return !same(this.typed, this.shown);
  }

  read(typed) {
    return typed.length || this.required || !this.isNew ? typed : undefined;
  }

  write(value) {
    return value ?? [];
  }

  get #tags() {
    return this.tags ?? [];
  }

  /** What is typed, and not added yet: on blur would be too early, as that moves the button which is being pressed. */
  get #entered() {
    const text = this.input.value.trim();
    return !text ? [] : this.schema.items?.type === "string" ? [text] : [Number(text)];
  }

  #press(event) {
    const { key, isComposing } = event;
    if (isComposing || event.ctrlKey || event.metaKey) return;
    if (key === "Backspace" && !this.input.value && this.#tags.length) this.#take(this.#tags.length - 1);
    else if ((key === "Enter" || key === ",") && this.input.value) {
      event.preventDefault();
      this.#add();
    }
  }

  #add() {
    const [entered] = this.#entered;
    if (entered === undefined) return;
    if (this.#wrongOne(entered)) return void this.check();
    this.tags = this.typed;
    this.input.value = "";
    this.#changed();
  }

  #take(index) {
    this.#tags.splice(index, 1);
    this.#changed();
    this.focus();
  }

  #changed() {
    this.#show();
    this.input.dispatchEvent(new Event("input", { bubbles: true }));
  }

  #show() {
    this.list.replaceChildren(...this.#tags.map((tag, index) => make("li", {}, make("button", {
      type: "button",
      ariaLabel: `Remove ${tag}`,
      textContent: String(tag),
      onclick: () => this.#take(index),
    }))));
  }

  misfit() {
    const { minItems = 0, maxItems = Infinity } = this.schema;
    const { typed } = this;
    if ((typed.length || this.required) && typed.length < minItems) return `Too few. Add at least ${minItems}.`;
    if (typed.length > maxItems) return `Too many by ${typed.length - maxItems}. The limit is ${maxItems}.`;
    return typed.map((each) => this.#wrongOne(each)).find(Boolean) ?? "";
  }

  #wrongOne(value) {
    const { items = {} } = this.schema;
    if (items.enum) return items.enum.includes(value) ? "" : `Choose from ${items.enum.join(", ")}.`;
    if (typeof value === "number") return wrongNumber(value, items);
    const one = new Field("", items, this.look, { isNew: true }).build();
    one.draft = value;
    return one.wrong();
  }
}

/** The properties of an object, each a field. */
class Group extends Other {
  make() {
    const { properties = {}, required = [] } = this.schema;
    /** @type {Field[]} */
    this.fields = Object.keys(properties).filter((name) => !properties[name].readOnly).map((name) => fieldOf(name, properties[name], this.look, {
      required: required.includes(name),
      isNew: true,
      isInside: true,
    }));
    this.element.classList.add("group");
    return make("fieldset", { ariaLabel: this.label }, ...this.fields.map(({ element }) => element));
  }

  get #all() {
    return this.fields ?? [];
  }

  get typed() {
    return this.#all.map(({ typed }) => typed);
  }

  get isChanged() {
    return this.#all.some(({ isChanged }) => isChanged);
  }

  get value() {
    if (!this.isChanged) return this.given ?? (this.required ? {} : undefined);
    const values = Object.fromEntries(this.#all.map(({ name, value }) => [name, value === "" ? undefined : value]));
    const there = Object.entries({ ...this.given, ...values }).filter(([, value]) => value !== undefined);
    if (there.length || this.required) return Object.fromEntries(there);
    return !this.isNew && this.schema.nullable ? null : undefined;
  }

  set value(value) {
    this.given = value ?? (this.isNew ? this.schema.default : value) ?? undefined;
    for (const field of this.#all) field.value = this.given?.[field.name];
    this.tell("");
  }

  set draft(value) {
    for (const field of this.#all) field.draft = value?.[field.name];
  }

  /** What is in it may be required only where there is something in it. */
  check() {
    const isNeeded = this.required || this.value;
    const wrong = this.#all.filter((field) => (isNeeded ? field.check() : field.tell("")));
    return this.tell(wrong.length ? "" : super.wrong()) || wrong.map((field) => field.fault.textContent).join(" ");
  }

  blame([name, ...path], detail) {
    const field = this.#all.find((each) => each.name === name);
    if (field) field.blame(path, detail);
    else super.blame([], detail);
  }

  focus() {
    (this.#all.find(({ input }) => input.ariaInvalid) ?? this.#all[0])?.focus();
  }
}

/** A value as JSON. */
class Raw extends Other {
  make() {
    return make("textarea", { rows: 3, spellcheck: false, className: "raw", autocomplete: "off", data: { long: "" } });
  }

  write(value) {
    return value === undefined ? "" : JSON.stringify(value, null, 2);
  }

  /** What is no JSON yet stays as it is. */
  read(typed) {
    try {
      return JSON.parse(typed);
    } catch {
      return typed;
    }
  }

  misfit() {
    const { typed, schema } = this;
    if (!typed.trim()) return "";
    try {
      return wrongInside(JSON.parse(typed), schema);
    } catch (error) {
      return `This is not valid JSON: ${error instanceof Error ? error.message : ""}`;
    }
  }
}

/** What a row shows of an item beside its texts, each as what it is. @param {Values} item @param {import("./look.js").Look} look @returns {Node[]} */
export const factsOf = (item, look) => look.facts.flatMap((name) => fact(name, item[name], look)).slice(0, MOST_FACTS);

/** One of an item's facts, if there is something to tell; numbers and the like with what they are. @returns {Node[]} */
function fact(name, value, look) {
  const schema = look.properties[name];
  const text = look.text(name, value);
  if (!text || value === false || value === "" || (Array.isArray(value) && !value.length)) return [];
  const target = { email: `mailto:${value}`, uri: value, url: value }[schema.format] ?? (/^\+\d{6,}$/.test(value) ? `tel:${value}` : "");
  if (/^(mailto:|tel:|https?:)/.test(target)) return [link(text, target)];
  if (Array.isArray(value) && typeof value[0] !== "object") return value.map((each) => make("span", { className: "chip", dir: "auto" }, look.text("", each, schema.items)));
  if (schema.enum || value === true) return [make("span", { className: "chip", dir: "auto" }, value === true ? look.label(name) : text)];
  if (schema.type === "string" && !/^date/.test(schema.format ?? "")) return [make("span", { dir: "auto" }, text)];
  return [make("span", {}, `${look.label(name)} `, make("b", { dir: "auto" }, text))];
}
