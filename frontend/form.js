/** Forms: the fields that a schema asks for; those of text are here, the other kinds are loaded where a form has them. */
import { copy, find } from "./dom.js";
import { upper } from "./look.js";

const MOST_OF_A_LINE = 250;
export const FORMATS = { email: "email", uri: "url", url: "url", phone: "tel", tel: "tel" };

let fields = 0;

/** What tells what is wrong, once it is loaded. @type {typeof import("./faults.js") | undefined} */
let rules;

export const checkBy = (module) => (rules = module);

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

  /** The first field: what names an item, if the form asks for that. */
  get headline() {
    return this.#fields[0];
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

/** A field of text, and what every kind of field has: its label, its hint, what it holds, and its fault. */
export class Field {
  /** @type {any} */
  input;
  /** What it was given to show, and how that looks. @type {any} */
  given;
  /** @type {any} */
  shown;

  /** Whether a schema asks for text and no more. @param {Schema} schema */
  static suits = ({ type, format = "", enum: values }) => type === "string" && !values && !format.startsWith("date");

  /**
   * @param {string} name @param {Schema} schema @param {import("./look.js").Look} look
   * @param {{required?: boolean, label?: string, isNew?: boolean, replaces?: boolean, isInside?: boolean}} [options]
   */
  constructor(name, schema, look, { required = false, label, isNew, replaces } = {}) {
    this.name = name;
    this.look = look;
    this.schema = schema;
    this.isNew = isNew;
    this.replaces = replaces;
    this.required = required && !this.takesNothing;
    this.label = label ?? look.label(name, schema);
    this.element = copy("field");
    this.fault = find("fault", this.element);
  }

  /** Makes its input; apart from the constructor, so that every kind of field can have its own. */
  build() {
    const { schema, look, name, element, fault } = this;
    const [label, hint] = [find("label", element), find("hint", element)];
    const number = ++fields;
    this.input = Object.assign(this.make(), { id: `field-${number}`, name });
    label.textContent = this.label;
    label.parentNode.htmlFor = this.input.id;
    label.parentNode.after(this.input);
    hint.textContent = look.hint(name, schema);
    hint.hidden = !hint.textContent;
    hint.id = `hint-${number}`;
    fault.id = `fault-${number}`;
    this.input.setAttribute("aria-describedby", hint.hidden ? fault.id : `${hint.id} ${fault.id}`);
    if (this.required) this.input.ariaRequired = "true";
    if ("placeholder" in this.input) this.input.placeholder = look.placeholder(name, schema, this.required);
    this.input.addEventListener("input", () => {
      this.grow();
      this.tell(rules?.overflow(this) ?? "");
    });
    this.value = undefined;
    return this;
  }

  /** @returns {any} */
  make() {
    const { format = "", pattern = "" } = this.schema;
    const type = FORMATS[format] ?? (pattern.startsWith("^\\+") ? "tel" : "");
    /** @type {any} */
    const input = document.createElement(type ? "input" : "textarea");
    Object.assign(input, { dir: "auto", autocomplete: "off" }, type ? { type } : { rows: 1 });
    if (this.isLong) input.dataset.long = "";
    else input.enterKeyHint = "done";
    return input;
  }

  /** Whether it may have several lines. */
  get isLong() {
    const { maxLength = Infinity, pattern = "" } = this.schema;
    return this.name !== this.look.headline && maxLength > MOST_OF_A_LINE && RegExp(pattern, "u").test("a\na");
  }

  /** Whether its value is text that may be empty. */
  get takesNothing() {
    const { minLength = 0, pattern = "", format } = this.schema;
    return !minLength && !format && RegExp(pattern, "u").test("");
  }

  /** As it is written in the input. @returns {any} */
  get typed() {
    return this.input.value;
  }

  set typed(typed) {
    this.input.value = typed;
  }

  get isChanged() {
    return this.typed !== this.shown || Boolean(this.input.validity?.badInput);
  }

  /** What is typed; what nobody changed is as it was given. @returns {any} */
  get value() {
    if (!this.isChanged && (this.given !== undefined || !this.required)) return this.given;
    const value = this.typed === "" ? undefined : this.read(this.typed);
    if (value !== undefined) return value;
    return !this.isNew && this.schema.nullable ? null : this.takesNothing ? "" : undefined;
  }

  set value(value) {
    this.given = value ?? (this.isNew ? this.schema.default : value) ?? undefined;
    this.typed = this.write(this.given);
    this.shown = this.typed;
    this.grow();
    this.tell("");
  }

  /** Shows what was being typed, as a change of what was given. */
  set draft(value) {
    this.typed = this.write(value);
    this.grow();
  }

  /** The value of what is typed. @returns {any} */
  read(typed) {
    return this.isLong ? typed : typed.trim() || undefined;
  }

  /** What the input shows of a value. @returns {any} */
  write(value) {
    return String(value ?? "");
  }

  /** Says what is wrong with it, if anything. */
  check() {
    return this.tell(this.wrong());
  }

  wrong() {
    return rules?.wrong(this) || this.misfit(this.value);
  }

  /** What is wrong with a value that is there. @returns {string} */
  misfit(value) {
    return typeof value === "string" ? rules?.wrongText(this) ?? "" : "";
  }

  tell(wrong) {
    this.fault.textContent = wrong;
    this.input.ariaInvalid = wrong ? "true" : null;
    return wrong;
  }

  /** Shows a fault that the service found; `path` leads further into the value. @param {string[]} path */
  blame(path, detail) {
    const where = path.length ? `${path.join(" › ")}: ` : "";
    this.tell(`${where}${upper(detail)}.`);
  }

  focus() {
    this.input.focus();
  }

  /** Grows with what is typed where the style sheet cannot say so: WebKit has no `field-sizing` yet. */
  grow() {
    if (CSS.supports("field-sizing", "content") || !this.input.matches("textarea")) return;
    this.input.style.height = "auto";
    const { offsetHeight, clientHeight, scrollHeight } = this.input;
    if (scrollHeight) this.input.style.height = `${scrollHeight + offsetHeight - clientHeight}px`;
  }
}
