/** A row of the list, and fields. */
import { newTodo } from "./api.js";

const ENTER_IS_A_LINE = matchMedia("(pointer: coarse)");
const AGO = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** @param {ParentNode} place @returns {any} */
export const find = (name, place = document) => place.querySelector(`[data-${name}]`);

/** @param {ParentNode} place */
export function tell(name, text, place = document) {
  const element = find(name, place);
  element.textContent = text ?? "";
  element.hidden = !text;
}

export const quoted = (title) => `“${title}”`;

let faults = 0;

const copy = (name) => find(`copy="${name}"`).content.firstElementChild.cloneNode(true);

export class Fields {
  /** @type {any} */ #schema = { properties: {} };

  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    /** @type {any[]} */
    this.inputs = [...form.querySelectorAll("textarea")];
    for (const input of this.inputs) {
      input.setAttribute("aria-describedby", this.#fault(input).id = `fault-${++faults}`);
      input.oninput = () => this.#tell(input, this.#overflow(input));
      input.onkeydown = (event) => this.#type(input, event);
    }
  }

  explain() {
    this.#schema = newTodo();
    for (const input of this.inputs) {
      if (this.#schema.required?.includes(input.name)) input.ariaRequired = "true";
      else input.placeholder = "Optional";
    }
  }

  get values() {
    return Object.fromEntries(this.inputs.map(({ name, value }) => [name, value]));
  }

  /** @type {any} */
  set values(values) {
    for (const input of this.inputs) {
      input.value = values[input.name] ?? "";
      this.#tell(input);
    }
  }

  check() {
    this.explain();
    const wrong = this.inputs.filter((input) => this.#tell(input, this.#wrong(input)));
    wrong[0]?.focus();
    return !wrong.length;
  }

  #tell(input, wrong = "") {
    this.#fault(input).textContent = wrong;
    input.ariaInvalid = wrong ? "true" : null;
    return wrong;
  }

  #fault(input) {
    return find(`fault="${input.name}"`, this.form);
  }

  #wrong(input) {
    const { minLength = 0, pattern = "", description } = this.#schema.properties[input.name];
    const enough = input.value.length >= minLength && RegExp(pattern, "u").test(input.value);
    return this.#overflow(input) || (enough ? "" : `This is needed: ${description}.`);
  }

  #overflow({ name, value }) {
    const { maxLength = Infinity } = this.#schema.properties[name] ?? {};
    const over = [...value].length - maxLength;
    return over > 0 ? `Too long by ${over}: at most ${maxLength} fit.` : "";
  }

  // An IME's Enter ends a word; 229 is Safari's.
  #type(input, event) {
    if (event.key !== "Enter" || event.isComposing || event.keyCode === 229) return;
    if (input.name === "description" && (event.shiftKey || ENTER_IS_A_LINE.matches)) return;
    event.preventDefault();
    this.form.requestSubmit();
  }
}

export class RowView {
  /** @type {HTMLLIElement} */ element = copy("row");
  /** @type {Row} */ row;
  /** @type {{change: Change, fields: Fields} | undefined} */ editing;
  #shown = "";
  /** @type {Map<Change, HTMLElement>} */ #failures = new Map();

  /** @param {Row} row */
  constructor(row) {
    this.row = row;
  }

  /** @param {Row} row */
  show(row) {
    this.row = row;
    const { todo, saving } = row;
    const { title, description, completed, createdAt } = todo;
    const look = JSON.stringify([todo, saving]);
    if (look !== this.#shown) {
      this.#shown = look;
      tell("title", title, this.element);
      tell("description", description, this.element);
      this.element.toggleAttribute("data-completed", completed);
      this.element.ariaBusy = String(saving);
      this.part("tick").checked = completed;
      const labels = { tick: title, edit: `Edit ${quoted(title)}`, delete: `Delete ${quoted(title)}` };
      for (const name in labels) {
        this.part(name).ariaLabel = labels[name];
        this.part(name).disabled = !createdAt;
      }
      this.time();
    }
    this.#showFailures();
  }

  time() {
    const { createdAt, updatedAt } = this.row.todo;
    const parts = createdAt ? ["Created ", time(createdAt)] : [];
    if (updatedAt !== createdAt) parts.push(" · changed ", time(updatedAt));
    find("times", this.element).replaceChildren(...parts);
  }

  part(name) {
    return find(`part="${name}"`, this.element);
  }

  /** @param {Change} change */
  edit(change) {
    const form = copy("edit");
    const fields = new Fields(form);
    fields.explain();
    fields.values = this.row.todo;
    this.editing = { change, fields };
    this.element.prepend(form);
    find("reading", this.element).hidden = true;
    fields.inputs[0].focus();
  }

  read() {
    const inside = this.editing?.fields.form.contains(document.activeElement);
    find("reading", this.element).hidden = false;
    if (inside) this.part("edit").focus();
    this.editing?.fields.form.remove();
    this.editing = undefined;
  }

  failure(place) {
    return [...this.#failures].find(([, element]) => element.contains(place))?.[0];
  }

  #showFailures() {
    for (const [change, element] of this.#failures) {
      if (!this.row.failures.includes(change)) element.remove();
    }
    this.#failures = new Map(this.row.failures.map((change) => [change, this.#failures.get(change) ?? this.#append(change)]));
  }

  /** @param {Change} change */
  #append(change) {
    const element = failure(change);
    this.element.append(element);
    return element;
  }
}

/** @param {Change} change */
export function reason({ kind, fields, base, problem, theirs }) {
  const title = quoted(fields.title ?? base?.title);
  if (theirs) return `Somebody else changed ${title}. Which version shall stay?`;
  const failed = kind === "create" ? "added" : kind === "delete" ? "deleted"
    : fields.completed === undefined ? "saved" : fields.completed ? "completed" : "opened again";
  return `${title} was not ${failed}. ${problem?.message}`;
}

/** @param {Change} change */
function failure(change) {
  const { kind, fields, base, theirs } = change;
  const element = copy("failure");
  const [retry, drop] = element.querySelectorAll("button");
  tell("reason", reason(change), element);
  if (theirs) {
    find("versions", element).hidden = false;
    if (kind === "delete") find("mine", element).hidden = true;
    else compare(find("mine", element), { ...base, ...fields });
    compare(find("theirs", element), theirs);
    retry.textContent = kind === "delete" ? "Delete anyway" : "Keep mine";
    drop.textContent = kind === "delete" ? "Keep it" : "Take theirs";
  }
  return element;
}

function compare(place, /** @type {any} */ { title, description, completed }) {
  tell("title", title, place);
  tell("description", description, place);
  tell("times", completed ? "Completed" : "Open", place);
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
