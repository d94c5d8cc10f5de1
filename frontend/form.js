/** Forms: fields for what a schema asks for, and what is wrong with what is typed into them. */
import { copy, find } from "./dom.js";

const MOST_OF_A_LINE = 250;
const NUMBERS = ["integer", "number"];

let faults = 0;

/** The fields of one form. */
export class Fields {
  /** @type {Field[]} */
  #fields;

  /**
   * @param {HTMLFormElement} form
   * @param {Schema} schema of the body that is sent
   * @param {import("./look.js").Look} look
   * @param {string[]} [required] what cannot be empty
   * @param {string} [first] what the first field is called
   */
  constructor(form, schema, look, required = schema.required, first) {
    this.form = form;
    const names = [look.headline, ...look.texts].filter((name) => schema.properties?.[name]);
    this.#fields = names.map((name, index) => new Field(name, schema.properties?.[name] ?? {}, look, required?.includes(name), index ? undefined : first));
    find("fields", form).replaceChildren(...this.#fields.map(({ element }) => element));
    form.addEventListener("keydown", (event) => this.#press(event));
  }

  /** What is typed, by property; what is empty and cannot be is left out. @returns {Values} */
  get values() {
    return Object.fromEntries(this.#fields.flatMap((field) => (field.value === undefined ? [] : [[field.name, field.value]])));
  }

  /** @param {Values} values */
  set values(values) {
    for (const field of this.#fields) field.value = values[field.name];
  }

  /** Whether nothing is typed. */
  get empty() {
    return this.#fields.every(({ typed }) => !typed);
  }

  focus() {
    this.#fields[0]?.input.focus();
  }

  /** Whether all of it can be sent; else it says why not. */
  check() {
    const wrong = this.#fields.filter((field) => field.tell(field.wrong()));
    wrong[0]?.input.focus();
    return !wrong.length;
  }

  /** Shows the faults that the service found, each at its field. @param {Said | undefined} problem */
  blame(problem) {
    for (const { pointer, detail } of problem?.errors ?? []) {
      const field = this.#fields.find(({ name }) => pointer === `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`);
      field?.tell(`${detail.charAt(0).toUpperCase()}${detail.slice(1)}.`);
    }
  }

  /** An IME's Enter ends a word; 229 is Safari's. */
  #press(event) {
    if (event.key !== "Enter" || event.isComposing || event.keyCode === 229 || !event.target.matches("input, textarea, select")) return;
    const field = this.#fields.find(({ input }) => input === event.target);
    if (field?.long && !event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    this.form.requestSubmit();
  }
}

class Field {
  /** @param {string} name @param {Schema} schema @param {import("./look.js").Look} look @param {string} [called] */
  constructor(name, schema, look, required = false, called) {
    this.name = name;
    this.look = look;
    this.schema = schema;
    this.required = required && !(this.#isText && this.#takesNothing);
    /** Whether it may have several lines. */
    this.long = name !== look.headline && this.#isText && (this.schema.maxLength ?? Infinity) > MOST_OF_A_LINE;
    this.element = copy("field");
    this.label = called ?? look.label(name);
    find("label", this.element).textContent = this.label;
    this.fault = find("fault", this.element);
    this.fault.id = `fault-${++faults}`;
    this.input = this.#input();
    this.input.name = name;
    this.input.setAttribute("aria-describedby", this.fault.id);
    this.input.oninput = () => {
      this.#grow();
      this.tell(this.#overflow());
    };
    find("label", this.element).after(this.input);
    if (this.required) this.input.ariaRequired = "true";
    const hint = look.touches.placeholders?.[name] ?? (this.required ? "" : "Optional");
    if ("placeholder" in this.input) this.input.placeholder = hint;
  }

  get #isText() {
    return !this.schema.enum && this.schema.type === "string";
  }

  get #isNumber() {
    return !this.schema.enum && NUMBERS.includes(this.schema.type ?? "");
  }

  get typed() {
    return this.input.type === "checkbox" ? this.input.checked : this.input.value;
  }

  get value() {
    const { typed, schema } = this;
    if (typeof typed === "boolean") return typed;
    if (this.#isText) return typed || this.#takesNothing ? (this.long ? typed : typed.trim()) : undefined;
    if (typed === "") return undefined;
    return this.#isNumber ? Number(typed) : schema.enum?.find((each) => String(each) === typed) ?? json(typed);
  }

  set value(value) {
    if (this.input.type === "checkbox") this.input.checked = value ?? this.schema.default ?? false;
    else this.input.value = typeof value === "object" && value ? JSON.stringify(value) : value ?? "";
    this.#grow();
    this.tell("");
  }

  get #takesNothing() {
    const { minLength = 0, pattern = "", format } = this.schema;
    return !minLength && !format && RegExp(pattern, "u").test("");
  }

  /** What is wrong with it, if anything. */
  wrong() {
    const { value, schema } = this;
    if (this.required && value === undefined) return this.#needed;
    if (!this.#isText || value === undefined) return "";
    const fits = value.length >= (schema.minLength ?? 0) && RegExp(schema.pattern ?? "", "u").test(value);
    return this.#overflow() || (fits ? "" : this.required && !schema.format ? this.#needed : `This does not fit: ${schema.description ?? this.label}.`);
  }

  get #needed() {
    return this.look.touches.needed?.[this.name] ?? `Fill in “${this.look.label(this.name)}”.`;
  }

  #overflow() {
    const { maxLength = Infinity } = this.schema;
    const over = [...String(this.value ?? "")].length - maxLength;
    return this.#isText && over > 0 ? `Too long by ${over === 1 ? "1 character" : `${over} characters`}. The most is ${maxLength}.` : "";
  }

  tell(wrong) {
    this.fault.textContent = wrong;
    this.input.ariaInvalid = wrong ? "true" : null;
    return wrong;
  }

  /** Grows with what is typed where the style sheet cannot say so: WebKit has no `field-sizing` yet. */
  #grow() {
    if (CSS.supports("field-sizing", "content") || !this.input.matches("textarea")) return;
    this.input.style.height = "auto";
    const { offsetHeight, clientHeight, scrollHeight } = this.input;
    if (scrollHeight) this.input.style.height = `${scrollHeight + offsetHeight - clientHeight}px`;
  }

  /** @returns {any} */
  #input() {
    const { schema } = this;
    if (schema.enum) return options(schema.enum.map(String), this.required);
    const input = document.createElement(this.#isText || !["boolean", ...NUMBERS].includes(schema.type ?? "") ? "textarea" : "input");
    if (input instanceof HTMLTextAreaElement) {
      Object.assign(input, { rows: 1, dir: "auto", autocomplete: "off" });
      if (!this.long) input.enterKeyHint = "done";
    } else if (schema.type === "boolean") input.type = "checkbox";
    else Object.assign(input, { type: "number", step: schema.type === "integer" ? "1" : "any" });
    return input;
  }
}

function options(values, required) {
  const select = document.createElement("select");
  select.append(...(required ? values : ["", ...values]).map((value) => new Option(value, value)));
  return select;
}

function json(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
