/** What is pressed and pasted; the help that tells the keys, and the settings beside it. */
import { open, terms } from "./details.js";
import { find, make } from "./dom.js";
import { part } from "./list.js";

/** @typedef {import("./list.js").List} List */
/** @typedef {import("./deeds.js").Deeds} Deeds */
/** @typedef {import("./row.js").RowView} RowView */

const MOST_LINES = 100;

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
  find("key-list").append(terms(HELP.filter(([key]) => key !== "Space" || list.look.done).map(([key, does]) => [named(key), does])));
  const scheme = find("scheme");
  switched.checked = stored("keys") !== "false";
  switched.onchange = () => stored("keys", switched.checked);
  scheme.value = stored("scheme") ?? "";
  scheme.onchange = () => stored("scheme", (document.documentElement.style.colorScheme = scheme.value));
  find("open-help").onclick = () => help.showModal();
  document.addEventListener("keydown", (event) => press(event, deeds, help, switched.checked));
  list.add.form.addEventListener("paste", (event) => paste(event, deeds));
}

const named = (keys) => keys.split(" ").flatMap((name) => [make("kbd", {}, name), " "]);

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
  if (view.editing || view.failure(target)) return undefined;
  const step = { ArrowDown: 1, ArrowUp: -1 }[key];
  if (step) return () => {
    const { inOrder } = deeds.list;
    part(inOrder[inOrder.indexOf(view) + step], target)?.focus();
  };
  if (key === "Delete" || (key === "Backspace" && /^Mac/.test(navigator.platform))) return () => deeds.delete(view);
  return key === "Enter" && !target.matches("button") && (() => deeds.edit(view));
}

/** Asks what becomes of several lines that are pasted into the empty form for a new item. @param {ClipboardEvent} event @param {Deeds} deeds */
function paste(event, deeds) {
  const { list, look } = deeds;
  const { add } = list;
  const { headline } = add;
  const text = event.clipboardData?.getData("text") ?? "";
  const lines = text.split(/[\r\n]+/).map((line) => line.trim()).filter(Boolean);
  const isEnough = headline.name === look.headline && look.creating.schema?.required?.every((name) => name === headline.name);
  if (lines.length < 2 || !isEnough || !add.empty || event.target !== headline.input) return;
  if (lines.length > MOST_LINES) return list.alarm(`To add each line as its own ${look.one}, paste up to ${MOST_LINES} lines at a time.`);
  event.preventDefault();
  const dialog = open(`Add ${lines.length} ${look.many}?`, "You pasted several lines. Each can be added on its own.",
    make("form", { method: "dialog", className: "choice" },
      make("button", { className: "strong", value: "each" }, `Add ${lines.length} ${look.many}`), make("button", {}, "Keep as one")));
  dialog.addEventListener("close", () => {
    if (dialog.returnValue) return deeds.addAll(lines.map((line) => {
      headline.draft = line;
      return add.values;
    }));
    headline.input.setRangeText(text, 0, 0, "end");
    return headline.input.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

/** What is stored for all pages of this browser, after the value if there is one. @returns {string | undefined} */
function stored(name, value) {
  try {
    if (value !== undefined) localStorage[name] = value;
    return localStorage[name];
  } catch {
    return undefined;
  }
}
