/** Forms: the fields that a schema asks for. */
import { find } from "./dom.js";
import { Field } from "./field.js";

/** What makes the fields that few forms have, once it is loaded. @type {typeof import("./kinds.js") | undefined} */
let kinds;

/** Loads what the fields of a schema need. @param {Schema} schema */
export async function prepare({ properties = {} } = {}, done = "") {
  if (Object.keys(properties).some((name) => name !== done && !Field.suits(properties[name]))) kinds ??= await import("./kinds.js");
}

/** @param {Schema} schema @returns {Field} */
export const fieldOf = (name, schema, look, options) =>
  new (Field.suits(schema) ? Field : kinds?.kindOf(schema, options) ?? Field)(name, schema, look, options).build();

/** The fields of one form. */
export class Fields {
  /** @type {Field[]} */
  #fields;

  /**
   * @param {HTMLFormElement} form
   * @param {import("./look.js").Look} look
   * @param {Asked} asked
   */
  constructor(form, look, { schema = {}, required = schema.required, isNew, replaces, first }) {
    const { properties = {} } = schema;
    this.form = form;
    this.replaces = replaces;
    this.isNew = isNew;
    const names = Object.keys(properties).filter((name) => {
      const { readOnly, deprecated } = properties[name];
      return name !== look.done && !readOnly && !(deprecated && isNew && !required?.includes(name));
    });
    names.sort((one, other) => Number(other === look.headline) - Number(one === look.headline));
    this.#fields = names.map((name, index) => fieldOf(name, properties[name], look, {
      required: required?.includes(name),
      label: index ? undefined : first,
      isNew,
      replaces,
    }));
    find("fields", form).replaceChildren(...this.#fields.map(({ element }) => element));
    form.addEventListener("input", () => this.bare());
    form.addEventListener("keydown", (event) => this.#press(event));
  }

  get names() {
    return this.#fields.map(({ name }) => name);
  }

  /** What is typed, by property; what is empty and cannot be is left out, or undefined where that removes it. @returns {Values} */
  get values() {
    return Object.fromEntries(this.#fields.flatMap((field) => {
      const { name, value } = field;
      return value === undefined && !(this.replaces && field.isChanged) ? [] : [[name, value]];
    }));
  }

  /** @param {Values} values what was there @param {Values} [typed] and what was typed since */
  show(values, typed = {}) {
    for (const field of this.#fields) {
      field.value = values[field.name];
      if (field.name in typed) field.draft = typed[field.name];
    }
    this.bare();
  }

  /** Whether nothing is typed. */
  get empty() {
    return this.#fields.every(({ isChanged }) => !isChanged);
  }

  /** Shows a new item's further fields once there is something in one of them. */
  bare() {
    this.form.toggleAttribute("data-bare", Boolean(this.isNew && this.empty));
  }

  focus() {
    this.#fields[0]?.focus();
  }

  /** Whether all of it can be sent; else it says why not. */
  check() {
    const wrong = this.#fields.filter((field) => field.check());
    if (wrong.length) this.form.removeAttribute("data-bare");
    wrong[0]?.focus();
    return !wrong.length;
  }

  /** Shows the faults that the service found, each at its field. @param {Said | undefined} problem */
  blame(problem) {
    for (const { pointer = "", detail } of problem?.errors ?? []) {
      const [, name, ...rest] = pointer.split("/").map((each) => each.replaceAll("~1", "/").replaceAll("~0", "~"));
      this.#fields.find((field) => field.name === name)?.blame(rest, detail);
    }
  }

  /** An IME's Enter ends a word; 229 is Safari's. */
  #press(event) {
    if (event.key !== "Enter" || event.isComposing || event.keyCode === 229 || !event.target.matches("input, textarea, select")) return;
    if (event.defaultPrevented || ("long" in event.target.dataset && !event.ctrlKey && !event.metaKey)) return;
    event.preventDefault();
    this.form.requestSubmit();
  }
}
