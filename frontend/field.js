/** A field: its input by what the schema says, what it holds, and what is wrong with that. */
import { copy, find } from "./dom.js";

const MOST_OF_A_LINE = 250;
const INPUTS = { boolean: "checkbox", integer: "number", number: "number" };
export const FORMATS = { date: "date", "date-time": "datetime-local", email: "email", uri: "url", url: "url", phone: "tel", tel: "tel" };

let fields = 0;

/** What tells what is wrong, once it is loaded. @type {typeof import("./faults.js") | undefined} */
let rules;

export const checkBy = (module) => (rules = module);

export class Field {
  /** What it was given to show, and how that looks. @type {any} */
  #given;
  #shown;

  /** Whether one input is enough for what a schema asks for. @param {Schema} schema */
  static suits = ({ type = "", enum: values, properties }) => Boolean(values) || (!properties && (type === "string" || type in INPUTS));

  /**
   * @param {string} name @param {Schema} schema @param {import("./look.js").Look} look
   * @param {{required?: boolean, label?: string, isNew?: boolean, replaces?: boolean}} [options]
   */
  constructor(name, schema, look, { required = false, label, isNew, replaces } = {}) {
    this.name = name;
    this.look = look;
    this.schema = schema;
    this.isNew = isNew;
    this.replaces = replaces;
    this.required = required && !(this.isText && this.takesNothing);
    this.label = label ?? look.label(name, schema);
    this.element = copy("field");
    this.fault = find("fault", this.element);
  }

  /** Makes its input; apart from the constructor, so that every kind of field can have its own. */
  build() {
    find("label", this.element).textContent = this.label;
    this.input = this.make();
    this.#describe();
    this.value = undefined;
    return this;
  }

  /** @returns {any} */
  make() {
    const { schema } = this;
    /** @type {any} */
    const input = this.isChoice ? options(schema, this.required, this.look) : document.createElement(this.#kind ? "input" : "textarea");
    if (this.#kind) input.type = this.#kind;
    if (input.type === "checkbox") input.role = "switch";
    if (this.isText) Object.assign(input, { dir: "auto", autocomplete: "off" });
    if (input.type === "textarea") input.rows = 1;
    if (this.isNumber) Object.assign(input, { min: schema.minimum ?? "", max: schema.maximum ?? "", step: schema.multipleOf ?? (schema.type === "integer" ? 1 : "any") });
    if (input.type === "datetime-local") input.step = "any";
    if (this.isLong) input.dataset.long = "";
    else if (this.isText) input.enterKeyHint = "done";
    return input;
  }

  #describe() {
    const { input, schema, look, name } = this;
    const hint = find("hint", this.element);
    const number = ++fields;
    this.fault.id = `fault-${number}`;
    hint.id = `hint-${number}`;
    hint.textContent = look.hint(name, schema);
    hint.hidden = !hint.textContent;
    Object.assign(input, { id: `field-${number}`, name });
    input.setAttribute("aria-describedby", hint.hidden ? this.fault.id : `${hint.id} ${this.fault.id}`);
    if (this.required) input.ariaRequired = "true";
    if ("placeholder" in input) input.placeholder = look.placeholder(name, schema, this.required);
    find("label", this.element).parentNode.htmlFor = input.id;
    find("label", this.element).parentNode.after(input);
    if (input.type === "checkbox") this.element.classList.add("switch");
    input.addEventListener("input", () => {
      this.grow();
      this.tell(rules?.overflow(this) ?? "");
    });
  }

  // -- what the schema says ----------------------------------------------------------------------

  get isChoice() {
    const { enum: values, type, nullable } = this.schema;
    return Boolean(values) || (type === "boolean" && nullable);
  }

  get isText() {
    return !this.schema.enum && this.schema.type === "string" && !["date", "date-time"].includes(this.schema.format ?? "");
  }

  get isNumber() {
    return !this.schema.enum && INPUTS[this.schema.type ?? ""] === "number";
  }

  /** Whether it may have several lines. */
  get isLong() {
    const { maxLength = Infinity, pattern = "" } = this.schema;
    return this.isText && !this.#kind && this.name !== this.look.headline && maxLength > MOST_OF_A_LINE && RegExp(pattern, "u").test("a\na");
  }

  /** The type of an input; none for text that may grow. */
  get #kind() {
    const { type = "", format = "", pattern = "" } = this.schema;
    return this.isChoice ? "" : INPUTS[type] ?? FORMATS[format] ?? (pattern.startsWith("^\\+") ? "tel" : "");
  }

  get takesNothing() {
    const { minLength = 0, pattern = "", format } = this.schema;
    return !minLength && !format && RegExp(pattern, "u").test("");
  }

  // -- what it holds -----------------------------------------------------------------------------

  /** As it is written in the input. @returns {any} */
  get typed() {
    const { input } = this;
    return input.type === "checkbox" ? input.checked : input.value;
  }

  set typed(typed) {
    const { input } = this;
    if (input.type === "checkbox") input.checked = typed;
    else input.value = typed;
  }

  get isChanged() {
    return this.typed !== this.#shown || Boolean(this.input.validity?.badInput);
  }

  /** What is typed; what nobody changed is as it was given. */
  get value() {
    if (!this.isChanged && (this.#given !== undefined || !this.required)) return this.#given;
    const { typed, schema } = this;
    const value = typed === "" ? undefined : this.read(typed);
    if (value !== undefined) return value;
    return !this.isNew && schema.nullable ? null : this.isText && this.takesNothing ? "" : undefined;
  }

  set value(value) {
    this.#given = value ?? (this.isNew ? this.schema.default : value) ?? undefined;
    this.typed = this.write(this.#given);
    this.#shown = this.typed;
    this.grow();
    this.tell("");
  }

  /** Shows what was being typed, as a change of what was given. */
  set draft(value) {
    this.typed = this.write(value);
  }

  /** The value of what is typed. @returns {any} */
  read(typed) {
    const { schema, input } = this;
    if (this.isChoice) return choices(schema).find((each) => String(each) === typed);
    if (this.isText) return this.isLong ? typed : typed.trim() || undefined;
    if (input.type === "datetime-local") return new Date(typed).toISOString();
    return this.isNumber ? Number(typed) : typed;
  }

  /** What the input shows of a value. @returns {any} */
  write(value) {
    const { type } = this.input;
    if (type === "checkbox") return value ?? false;
    if (type !== "datetime-local" || !value) return value === undefined ? "" : String(value);
    const at = new Date(value);
    return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, -1).replace(/(:00)?\.000$/, "");
  }

  // -- what is wrong with it ---------------------------------------------------------------------

  /** Says what is wrong with it, if anything. */
  check() {
    return this.tell(this.wrong());
  }

  wrong() {
    return rules?.wrong(this) ?? "";
  }

  tell(wrong) {
    this.fault.textContent = wrong;
    this.input.ariaInvalid = wrong ? "true" : null;
    return wrong;
  }

  /** Shows a fault that the service found; `path` leads further into the value. @param {string[]} path */
  blame(path, detail) {
    const where = path.length ? `${path.join(" › ")}: ` : "";
    this.tell(`${where}${detail.charAt(0).toUpperCase()}${detail.slice(1)}.`);
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

/** @param {Schema} schema */
const choices = ({ enum: values = [true, false] }) => values.filter((each) => each !== null);

/** @param {Schema} schema @param {boolean} required @param {import("./look.js").Look} look */
function options(schema, required, look) {
  const select = document.createElement("select");
  select.append(...(required && schema.default !== undefined ? [] : [new Option("", "")]), ...choices(schema).map((value) => new Option(look.text("", value), String(value))));
  return select;
}
