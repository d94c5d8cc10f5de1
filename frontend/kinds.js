/** Fields of more than one input: tags, the properties of an object, and JSON for all that is deeper. */
import { find, make } from "./dom.js";
import { wrong, wrongNumber } from "./faults.js";
import { Field } from "./field.js";
import { fieldOf } from "./form.js";
import { same } from "./merge.js";

/** @param {Schema} schema @returns {typeof Field} */
export function kindOf(schema, { isInside = false } = {}) {
  if (schema.type === "array" && schema.items?.type && Field.suits(schema.items)) return Tags;
  return schema.properties && !isInside ? Group : Raw;
}

/** An array of scalars: what is added to it can be taken out again. */
class Tags extends Field {
  /** @type {any[]} */
  #tags = [];

  make() {
    const { items = {} } = this.schema;
    const entry = make("input", { type: items.type === "string" ? "text" : "number", autocomplete: "off", dir: "auto" });
    if (entry.type === "number") entry.step = "any";
    entry.onkeydown = (event) => this.#press(event);
    entry.onblur = () => this.#add();
    this.list = make("ul", { className: "tags", role: "list" });
    find("fault", this.element).before(this.list);
    if (items.enum) {
      const known = make("datalist", { id: `known-${crypto.getRandomValues(new Uint32Array(1))}` }, ...items.enum.map((each) => make("option", { value: each })));
      entry.setAttribute("list", known.id);
      find("fault", this.element).before(known);
    }
    return entry;
  }

  get isText() {
    return false;
  }

  get isNumber() {
    return false;
  }

  get typed() {
    return [...this.#tags, ...this.#entered];
  }

  set typed(typed) {
    this.#tags = [...typed];
    this.input.value = "";
    this.#show();
  }

  get isChanged() {
    return !same(this.typed, this.shown);
  }

  get value() {
    const { typed } = this;
    if (!this.isChanged) return this.given;
    return typed.length || this.required || !this.isNew ? typed : undefined;
  }

  set value(value) {
    this.given = value ?? (this.isNew ? this.schema.default : value) ?? undefined;
    this.shown = this.given ?? [];
    this.typed = this.shown;
    this.tell("");
  }

  set draft(value) {
    this.typed = value ?? [];
  }

  /** What is typed, and not added yet. */
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
    const entered = this.#entered;
    if (!entered.length || this.#wrongOne(entered[0])) return void this.check();
    if (!(this.schema.uniqueItems && this.#tags.includes(entered[0]))) this.#tags.push(...entered);
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

  wrong() {
    const { minItems = 0, maxItems = Infinity } = this.schema;
    const { typed } = this;
    if (this.required && !typed.length && minItems) return this.look.needed(this.name, this.label);
    if (typed.length && typed.length < minItems) return `Too few. The least is ${minItems}.`;
    if (typed.length > maxItems) return `Too many by ${typed.length - maxItems}. The most is ${maxItems}.`;
    return typed.map((each) => this.#wrongOne(each)).find(Boolean) ?? "";
  }

  #wrongOne(value) {
    const { items = {} } = this.schema;
    if (items.enum) return items.enum.includes(value) ? "" : `Choose from ${items.enum.join(", ")}.`;
    if (typeof value === "number") return wrongNumber(value, items);
    const one = new Field("", items, this.look, { isNew: true }).build();
    one.draft = value;
    return wrong(one);
  }
}

/** The properties of an object, each a field. */
class Group extends Field {
  /** @type {Field[]} */
  get fields() {
    return this.made ?? [];
  }

  make() {
    const { properties = {}, required = [] } = this.schema;
    /** @type {Field[]} */
    this.made = Object.keys(properties).filter((name) => !properties[name].readOnly).map((name) => fieldOf(name, properties[name], this.look, {
      required: required.includes(name),
      isNew: true,
      isInside: true,
    }));
    const set = make("fieldset", {}, ...this.fields.map(({ element }) => element));
    this.element.classList.add("group");
    return set;
  }

  get isText() {
    return false;
  }

  get typed() {
    return this.fields.map(({ typed }) => typed);
  }

  get isChanged() {
    return this.fields.some(({ isChanged }) => isChanged);
  }

  get value() {
    if (!this.isChanged) return this.given ?? (this.required ? {} : undefined);
    const values = Object.fromEntries(this.fields.map(({ name, value, isText }) => [name, isText && !value ? undefined : value]));
    const all = Object.entries({ ...this.given, ...values }).filter(([, value]) => value !== undefined);
    if (all.length || this.required) return Object.fromEntries(all);
    return !this.isNew && this.schema.nullable ? null : undefined;
  }

  set value(value) {
    this.given = value ?? (this.isNew ? this.schema.default : value) ?? undefined;
    for (const field of this.fields) field.value = this.given?.[field.name];
    this.tell("");
  }

  set draft(value) {
    for (const field of this.fields) field.draft = value?.[field.name];
  }

  /** What is in it may be required only where there is something in it. */
  check() {
    const isNeeded = this.required || this.value;
    const wrong = this.fields.filter((field) => (isNeeded ? field.check() : field.tell("")));
    return this.tell("") || wrong.map((field) => field.fault.textContent).join(" ");
  }

  blame([name, ...path], detail) {
    const field = this.fields.find((each) => each.name === name);
    if (field) field.blame(path, detail);
    else super.blame([], detail);
  }

  focus() {
    (this.fields.find(({ input }) => input.ariaInvalid) ?? this.fields[0])?.focus();
  }

  grow() {}
}

/** A value as JSON. */
class Raw extends Field {
  make() {
    return make("textarea", { rows: 3, spellcheck: false, className: "raw", autocomplete: "off" });
  }

  get isText() {
    return false;
  }

  get isNumber() {
    return false;
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

  wrong() {
    const { typed, schema } = this;
    if (!typed.trim()) return super.wrong();
    try {
      const value = JSON.parse(typed);
      const type = Array.isArray(value) ? "array" : value === null ? "null" : typeof value;
      const isFit = !schema.type || type === schema.type || (type === "null" && schema.nullable);
      return isFit ? "" : `Write ${schema.type === "array" ? "an array: [ … ]" : "an object: { … }"}`;
    } catch (error) {
      return `This is not JSON: ${error instanceof Error ? error.message : ""}`;
    }
  }
}
