/** Details: what is told beyond a row, of an item, of a change that failed, and in dialogs. */
import { copy, find, make } from "./dom.js";
import { Fields } from "./form.js";
import { different } from "./items.js";

/** The properties of an item that nobody types, and the address of it. @param {Shown} row @param {import("./look.js").Look} look @param {string[]} typed the names of what a form shows */
export function detail({ id, item }, look, typed = []) {
  const key = look.collection.id;
  const names = [...Object.keys(item).filter((name) => name !== key), key].filter((name) => !typed.includes(name) && name !== look.done && look.text(name, item[name]));
  return make("div", { className: "detail" }, told(item, names, look), make("a", { href: look.address({ id }) }, `Link to this ${look.one}`));
}

/** Some of an item's properties, each with its value. @param {Values} item @param {string[]} names @param {import("./look.js").Look} look */
export const told = (item, names, look) => terms(names.map((name) => [[look.label(name)], look.text(name, item[name]) || "Empty"]));

/** What was done, or not, by a change. @param {Pick<Change, "kind" | "fields">} change @param {import("./look.js").Look} look */
export const deed = ({ kind, fields }, { touches }) =>
  ({ create: "added", delete: "deleted", update: touches.saved?.(fields) ?? "saved" })[kind];

/** What each of some terms means. @param {[(Node | string)[], string][]} pairs */
export const terms = (pairs) =>
  make("dl", {}, ...pairs.map(([term, text]) => make("div", {}, make("dt", {}, ...term), make("dd", { dir: "auto" }, text))));

/** Opens a dialog that is gone once it closes. @param {(Node | string)[]} content @returns {HTMLDialogElement} */
export function open(title, text, ...content) {
  const dialog = make("dialog", { ariaLabel: title }, make("h2", {}, title), make("p", { hidden: !text }, text.replaceAll("`", "")), ...content);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** What failed and why, with what was typed, and what can be done about it. */
export class Failure {
  /** @type {Fields | undefined} */
  fields;

  /** @param {Change} change @param {import("./look.js").Look} look */
  constructor(change, look) {
    this.change = change;
    this.look = look;
    const { retry, drop } = this.#labels;
    this.choice = make("div", { className: "choice" },
      make("button", { className: "strong", data: { part: "retry" } }, retry), make("button", { data: { part: "drop" } }, drop));
    this.element = make("div", { className: "failure", role: "group", ariaLabel: "Not saved" },
      make("p", { data: { reason: "" } }, reason(change, look)), this.choice);
    if (change.theirs) this.#compare(change.theirs);
    else if (this.#isTyped) this.#type();
  }

  /** Whether this shows a change as it is by now. @param {Change} change */
  keep(change) {
    const isSame = ["problem", "theirs", "state"].every((name) => JSON.stringify(change[name]) === JSON.stringify(this.change[name]));
    if (isSame) this.change = change;
    return isSame;
  }

  /** The change with what is typed by now. @returns {Change} */
  get typed() {
    const { change, fields } = this;
    if (!fields) return change;
    if (change.kind === "create") return { ...change, fields: { ...change.fields, ...fields.values } };
    const { values } = fields;
    const names = different(values, change.base);
    const others = Object.entries(change.fields).filter(([name]) => !(name in values));
    return { ...change, fields: Object.fromEntries([...others, ...names.map((name) => [name, values[name]])]) };
  }

  get isGone() {
    return this.change.kind === "update" && this.change.problem?.status === 404;
  }

  get #isTyped() {
    const { kind, fields } = this.change;
    return kind === "create" || (kind === "update" && Object.keys(fields).some((name) => name !== this.look.done));
  }

  get #labels() {
    const { kind, theirs } = this.change;
    if (kind === "delete") return theirs ? { retry: "Delete anyway", drop: "Keep it" } : { retry: "Retry", drop: "Keep it" };
    if (theirs) return { retry: "Keep mine", drop: "Keep theirs" };
    return { retry: this.isGone ? "Add as new" : "Retry", drop: "Discard" };
  }

  #type() {
    const { change, look } = this;
    const form = copy("edit");
    find("choice", form).remove();
    this.fields = new Fields(form, look, change.kind === "create" ? { ...look.creating, first: undefined, isNew: false } : look.updating);
    this.fields.show(change.base ?? {}, change.fields);
    this.fields.blame(change.problem);
    this.choice.before(form);
  }

  /** Both versions of what really differs. @param {Values} theirs */
  #compare(theirs) {
    const { change, look } = this;
    const names = change.kind === "delete" ? different(theirs, change.base).filter((name) => !look.collection.stamps.includes(name))
      : conflicting(change);
    /** @type {[string, string, Values][]} */
    const sides = [["theirs", change.own ? "The other tab’s" : "Theirs", theirs]];
    if (change.kind !== "delete") sides.unshift(["mine", "Yours", { ...theirs, ...change.fields }]);
    this.choice.before(make("div", { data: { versions: "" } }, ...sides.map(([side, title, item]) => make("div", { data: { [side]: "" } },
      make("h2", {}, title),
      told(item, names, look)))));
  }
}

/** The properties that both have set, each to something else. @param {Change} change */
export const conflicting = ({ fields, base, theirs }) =>
  different(fields, theirs).filter((name) => different({ [name]: theirs?.[name] }, base).length);

/** What is said of a change that failed. @param {Change} change @param {import("./look.js").Look} look */
export function reason(change, look) {
  const { fields, base, problem, theirs, own } = change;
  const title = look.quoted({ ...base, ...fields });
  if (theirs && change.kind === "delete") return `${look.quoted(base)} was changed ${own ? "in another tab" : "by someone else"} before it was deleted.`;
  if (theirs) return `You and ${own ? "another tab" : "someone else"} changed ${look.quoted(theirs)} at the same time. Which version do you want to keep?`;
  if (change.kind === "update" && problem?.status === 404) return `${title} was deleted in the meantime. Your changes are still here.`;
  return `${title} was not ${deed(change, look)}. ${problem?.title}. ${problem?.detail}`;
}
