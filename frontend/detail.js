/** What is told beyond a row: beside its form, and in dialogs. */
import { make } from "./dom.js";

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
