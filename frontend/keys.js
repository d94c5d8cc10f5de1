/** The keys, and the help that tells them. */
import { find, make } from "./dom.js";
import { part } from "./list.js";

/** @typedef {import("./list.js").List} List */
/** @typedef {import("./deeds.js").Deeds} Deeds */
/** @typedef {import("./row.js").RowView} RowView */

/** @type {[string, string][]} */
const HELP = [
  ["n", "Add"],
  ["/", "Find"],
  ["f", "Filters"],
  ["↑ ↓", "Move between rows"],
  ["Space", "Complete"],
  ["Enter", "Edit, then save"],
  ["Ctrl Enter", "Save from any field"],
  ["Esc", "Cancel"],
  ["Delete", "Delete"],
  ["Ctrl Z", "Undo"],
];

/** @param {List} list @param {Deeds} deeds */
export function listen(list, deeds) {
  const help = find("help");
  const switched = find("keys");
  find("key-list").append(...HELP.filter(([key]) => key !== "Space" || list.look.done).map(line));
  switched.checked = stored("keys") ?? true;
  switched.onchange = () => stored("keys", switched.checked);
  find("open-help").onclick = () => help.showModal();
  document.addEventListener("keydown", (event) => press(event, deeds, help, switched.checked));
}

function line([keys, does]) {
  const names = keys.split(" ").flatMap((name) => [make("kbd", {}, name), " "]);
  return make("div", {}, make("dt", {}, ...names), make("dd", {}, does));
}

/** @param {Deeds} deeds */
function press(/** @type {any} */ event, deeds, help, single) {
  const { target, key } = event;
  const { list, outbox } = deeds;
  const view = list.viewOf(target);
  const command = event.ctrlKey || event.metaKey;
  let action;
  if (event.isComposing || help.open || (event.repeat && key === "Delete")) return;
  if (key === "Escape" && view?.editing) action = () => deeds.cancel(view);
  else if ((isTyped(target) && !(command && !target.value)) || event.altKey) return;
  else if (command) action = key === "z" && (deeds.undo.offered || outbox.held.length) && (() => deeds.bringBack());
  else action = (single && ofPage(key, list, help)) || (view && ofRow(key, view, target, deeds));
  if (!action) return;
  event.preventDefault();
  action();
}

const isTyped = (target) => target.matches("textarea, select, input:not([type=checkbox])");

/** @param {List} list */
function ofPage(key, list, help) {
  if (key === "n") return () => list.add.focus();
  if (key === "/") return () => find("find").focus();
  if (key === "f") return () => list.filters.links.find((link) => link.ariaCurrent)?.focus();
  return key === "?" && (() => help.showModal());
}

/** @param {RowView} view @param {Deeds} deeds */
function ofRow(key, view, target, deeds) {
  const { element } = view;
  if (view.editing || view.failure(target)) return undefined;
  if (key === "ArrowDown") return () => part(element.nextElementSibling, target)?.focus();
  if (key === "ArrowUp") return () => part(element.previousElementSibling, target)?.focus();
  if (key === "Delete" || (key === "Backspace" && /^Mac/.test(navigator.platform))) return () => deeds.delete(view);
  return key === "Enter" && !target.matches("button") && (() => deeds.edit(view));
}

/** What is stored for all pages of this browser, after the value if there is one. @returns {any} */
function stored(name, value) {
  try {
    if (value !== undefined) localStorage[name] = JSON.stringify(value);
    return JSON.parse(localStorage[name]);
  } catch {
    return undefined;
  }
}
