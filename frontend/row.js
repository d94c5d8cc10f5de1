/** One row of the list, and the fields that to-dos are typed into. */
import { newTodo } from "./api.js";

const ENTER_IS_A_LINE = matchMedia("(pointer: coarse)");
const AGO = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

/** @param {ParentNode} place @returns {any} */
export const find = (name, place = document) => place.querySelector(`[data-${name}]`);

/** @param {ParentNode} place */
export function tell(name, text, place = document) {
  const element = find(name, place);
  element.textContent = text ?? "";
  element.hidden = !text;
}

export const quoted = (title) => `“${title}”`;

const copy = (name) => find(`copy="${name}"`).content.firstElementChild.cloneNode(true);

export class Fields {
  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    /** @type {any[]} */
    this.inputs = [...form.querySelectorAll("textarea")];
    for (const input of this.inputs) {
      input.oninput = () => this.#tell(input, overflow(input));
      input.onkeydown = (event) => this.#type(input, event);
    }
  }

  explain() {
    for (const input of this.inputs) {
      if (newTodo().required?.includes(input.name)) input.ariaRequired = "true";
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
    const wrong = this.inputs.filter((input) => this.#tell(input, fault(input)));
    wrong[0]?.focus();
    return !wrong.length;
  }

  #tell(input, wrong = "") {
    find(`fault="${input.name}"`, this.form).textContent = wrong;
    input.ariaInvalid = wrong ? "true" : null;
    return wrong;
  }

  // An IME's Enter ends a word, and 229 is how Safari says so.
  #type(input, event) {
    if (event.key !== "Enter" || event.isComposing || event.keyCode === 229) return;
    const line = event.shiftKey || (ENTER_IS_A_LINE.matches && !event.ctrlKey && !event.metaKey);
    if (line && input.name === "description") return;
    event.preventDefault();
    this.form.requestSubmit();
  }
}

function fault(input) {
  const { minLength = 0, pattern = "", description } = newTodo().properties[input.name];
  const enough = input.value.length >= minLength && RegExp(pattern, "u").test(input.value);
  return overflow(input) || (enough ? "" : `This is needed: ${description}.`);
}

function overflow({ name, value }) {
  const { maxLength } = newTodo().properties[name];
  const over = [...value].length - maxLength;
  return over > 0 ? `Too long by ${over}: at most ${maxLength} characters fit.` : "";
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
    this.show(row);
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
    const values = this.row.todo;
    const form = copy("edit");
    const fields = new Fields(form);
    for (const input of fields.inputs) {
      const place = find(`fault="${input.name}"`, form);
      input.previousElementSibling.htmlFor = input.id = `${change.id}-${input.name}`;
      input.setAttribute("aria-describedby", place.id = `${input.id}-fault`);
    }
    fields.explain();
    fields.values = values;
    this.editing = { change, fields };
    this.element.prepend(form);
    find("reading", this.element).hidden = true;
    fields.inputs[0].focus();
    fields.inputs[0].setSelectionRange(values.title.length, values.title.length);
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
    const { failures } = this.row;
    for (const [change, element] of this.#failures) {
      if (failures.includes(change)) continue;
      element.remove();
      this.#failures.delete(change);
    }
    for (const change of failures) {
      if (this.#failures.has(change)) continue;
      const element = failure(change);
      this.#failures.set(change, element);
      this.element.append(element);
    }
  }
}

/** @param {Change} change */
export function reason({ kind, fields, base, problem, theirs }) {
  const title = quoted(fields.title ?? base?.title);
  if (theirs) return `Somebody else changed ${title} meanwhile. Which version shall stay?`;
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
  const minutes = Math.round((Date.now() - Date.parse(stamp)) / 60_000);
  element.dateTime = stamp;
  element.lang = AGO.resolvedOptions().locale;
  element.title = FULL.format(Date.parse(stamp));
  element.textContent = minutes < 1 ? AGO.format(0, "second")
    : minutes < 60 ? AGO.format(-minutes, "minute")
    : minutes < 1440 ? AGO.format(-Math.round(minutes / 60), "hour")
    : DATE.format(Date.parse(stamp));
  return element;
}
