/** The page: from what the reader does to the rows. */
import { offline, readContract } from "./api.js";
import { Fields, RowView, find, quoted, reason, tell } from "./row.js";
import { Todos, UNDO_MS, different } from "./todos.js";

const ALARM_MS = 10_000;
const EMPTY = {
  all: ["A clear day", "Write down the first thing to do."],
  active: ["Everything is done", "Enjoy the quiet."],
  completed: ["Nothing is completed yet", "What you tick off gathers here."],
};

const todos = new Todos();
/** @type {Map<string, RowView>} */
const views = new Map();
const list = find("rows");
/** @type {any[]} */
const links = [...find("filters").children];
const heading = document.title;
const undo = find("undo");
const clock = find("clock").animate({ scale: ["1 1", "0 1"] }, UNDO_MS);
const help = find("help");
const keys = find("keys");
const add = new Fields(find("add"));
let filter = todos.show;
let alarmEnds = 0;

function render() {
  const rows = todos.rows();
  const leave = focused();
  const glide = moved();
  if (todos.phase === "ready" && filter !== todos.show) startAnew();
  const ids = new Set(rows.map(({ todo }) => todo.id));
  for (const [id, { element }] of views) {
    if (ids.has(id)) continue;
    element.remove();
    views.delete(id);
  }
  let next = list.firstElementChild;
  for (const row of rows) {
    const view = views.get(row.todo.id) ?? new RowView(row);
    const { element } = view;
    views.set(row.todo.id, view);
    view.show(row);
    if (element === next) next = next.nextElementSibling;
    else list.insertBefore(element, next);
  }
  renderStates(rows);
  leave();
  glide();
  if (!rows.length && todos.next && todos.phase === "ready" && !todos.problem) todos.more();
}

/** The answer lets rows glide from where they were. */
function moved() {
  const before = new Map([...document.querySelectorAll("li, .foot")].map((row) => [row, row.getBoundingClientRect().top]));
  return () => {
    if (matchMedia("(prefers-reduced-motion)").matches) return;
    for (const [row, from] of before) {
      const to = row.getBoundingClientRect().top;
      if (from !== to && Math.min(from, to) < innerHeight) row.animate({ translate: [`0 ${from - to}px`, "0 0"] }, 160);
    }
  };
}

/** Rows of another filter do not glide. */
function startAnew() {
  filter = todos.show;
  for (const [id, { editing, element }] of views) {
    if (editing) continue;
    element.remove();
    views.delete(id);
  }
}

function renderStates(rows) {
  const { phase, problem, next, held } = todos;
  const failed = phase === "failed";
  const empty = phase === "ready" && !rows.length && !next;
  const open = rows.filter(({ todo }) => !todo.completed).length;
  const count = open && !failed ? `${open}${next ? "+" : ""}` : "";
  tell("count", count && `${count} open`);
  document.title = count ? `(${count}) ${heading}` : heading;
  find("list").ariaBusy = String(phase === "loading" || phase === "more");
  show("skeleton", phase === "loading" && !rows.length);
  show("state", empty || failed);
  find("state").classList.toggle("failed", failed);
  tell("sign", failed ? "!" : "✓");
  tell("state-title", failed ? "The list could not be read" : EMPTY[todos.show][0]);
  tell("state-text", failed ? problem?.message : EMPTY[todos.show][1]);
  show("read", failed);
  show("more", next && phase !== "loading");
  find("more").textContent = phase === "more" ? "Loading…" : problem ? "Retry" : "Load more";
  tell("more-fault", !failed && problem?.message);
  show("clear", !failed && rows.some(({ todo }) => todo.completed));
  show("offline", !navigator.onLine);
  show("undo", held.length);
  tell("undo-text", `Deleted ${named(held.map(({ base }) => base))}.`);
}

const show = (name, wanted) => (find(name).hidden = !wanted);

const named = (gone) => (gone.length === 1 ? quoted(gone[0].title) : `${gone.length} to-dos`);

/** The answer saves a lost focus. */
function focused() {
  /** @type {any} */
  const at = document.activeElement;
  const row = at?.closest("li");
  const index = [...list.children].indexOf(row);
  return () => {
    if (!row || at.isConnected) return;
    part(list.children[index] ?? list.lastElementChild, at)?.focus();
    if (document.activeElement === document.body) add.inputs[0].focus();
  };
}

const part = (row, like) => row && (find(`part="${like?.dataset.part}"`, row) ?? find('part="tick"', row));

const viewOf = (target) => [...views.values()].find(({ element }) => element.contains(target));

function announce(text) {
  find("status").textContent = text;
}

function alarm(text, seen = false) {
  const place = find("alert");
  place.textContent = text;
  place.classList.toggle("unseen", seen);
  clearTimeout(alarmEnds);
  alarmEnds = setTimeout(() => (place.textContent = ""), ALARM_MS);
}

function refused() {
  if (!navigator.onLine) alarm(offline().message);
  return !navigator.onLine;
}

todos.addEventListener("settled", (/** @type {any} */ { detail }) => {
  const { state, kind, fields, base } = detail;
  const title = quoted(fields.title ?? base?.title);
  if (state === "failed") alarm(reason(detail), true);
  else if (kind !== "delete") announce(`${kind === "create" ? "Added" : fields.completed ? "Completed" : "Saved"} ${title}.`);
});

add.form.oninput = () => stored("sessionStorage", "draft", add.values);
add.form.onsubmit = async (event) => {
  event.preventDefault();
  if (refused()) return;
  await readContract().then(() => {
    if (!add.check()) return;
    todos.add(add.values);
    add.values = {};
    add.form.dispatchEvent(new Event("input"));
    add.inputs[0].focus();
  }).catch(({ message }) => alarm(message));
};

/** @param {RowView} view */
function edit(view) {
  if (!view.editing && view.row.todo.createdAt && leaveEdits()) view.edit(todos.open(view.row.todo));
}

const leaveEdits = () => [...views.values()].every(save);

/** @param {RowView} view */
const unsaved = ({ editing }) => editing && different(editing.fields.values, editing.change.base).length;

/** @param {RowView | undefined} view */
function save(view) {
  if (!view?.editing) return true;
  const { change, fields } = view.editing;
  if (unsaved(view) && (refused() || !fields.check())) return false;
  view.read();
  todos.save(change, fields.values);
  return true;
}

/** @param {RowView} view */
function cancel(view) {
  const { change } = view.editing ?? {};
  view.read();
  if (change) todos.drop(change);
}

/** @param {RowView} view */
function remove({ row: { todo } }) {
  if (todo.createdAt && !refused()) hold([todo]);
}

function hold(gone) {
  if (!gone.length) return;
  todos.remove(gone);
  announce(`${find("undo-text").textContent} Control Z undoes it.`);
  clock.currentTime = 0;
  clock.play();
  pause();
  resume();
}

function pause() {
  todos.pause();
  clock.pause();
}

function resume() {
  if (undo.matches(":hover, :focus-within")) return;
  todos.resume();
  clock.play();
}

function bringBack() {
  const back = todos.undo();
  (part(views.get(back[0].id)?.element) ?? find("list")).focus();
  announce(`Brought back ${named(back)}.`);
}

undo.onpointerenter = pause;
undo.addEventListener("focusin", pause);
undo.onpointerleave = resume;
undo.addEventListener("focusout", () => setTimeout(resume));
find("bring-back").onclick = bringBack;

find("clear").onclick = async () => {
  if (refused() || !leaveEdits()) return;
  const seen = todos.rows().map(({ todo }) => todo).filter(({ completed }) => completed);
  hold(seen);
  find("list").focus();
  pause();
  await todos.completed().then((others) => isHeld(seen) && hold(others)).catch(({ message }) => {
    todos.undo(seen);
    alarm(message);
  });
  resume();
};

const isHeld = (gone) => gone.every((todo) => todos.held.some(({ id }) => id === todo.id));

const BUTTONS = {
  edit: (view) => edit(view),
  delete: remove,
  cancel,
  tick({ row: { todo }, element }) {
    const tick = find('part="tick"', element);
    if (refused()) tick.checked = !tick.checked;
    else todos.change(todo.id, { completed: tick.checked });
  },
  retry: (view, change) => refused() || todos.retry(change),
  drop: (view, change) => todos.drop(change),
};

list.onclick = ({ target }) => {
  const view = viewOf(target);
  BUTTONS[target.closest("button, input")?.dataset.part]?.(view, view?.failure(target));
};

list.ondblclick = ({ target }) => {
  const view = viewOf(target);
  if (view && !target.closest("button, input, .failure")) edit(view);
};

list.onsubmit = (event) => {
  event.preventDefault();
  save(viewOf(event.target));
};

async function go() {
  const current = links.find(({ search }) => search === location.search) ?? links[0];
  for (const link of links) link.ariaCurrent = link === current ? "page" : null;
  await todos.read(current.dataset.show);
  if (todos.phase === "failed") alarm(`The list could not be read. ${todos.problem?.message}`, true);
}

for (const link of links) {
  link.onclick = async (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (!leaveEdits()) return;
    history.pushState(null, "", link.href);
    await go();
    if (todos.phase === "ready" && link.ariaCurrent) announce(`${link.textContent}: ${views.size}${todos.next ? " or more" : ""} shown.`);
  };
}

find("read").onclick = () => {
  find("list").focus();
  go();
};

find("more").onclick = async ({ target }) => {
  if (todos.phase !== "ready") return;
  const last = list.lastElementChild;
  await todos.more();
  if (todos.problem) return alarm(todos.problem.message, true);
  if (!last?.isConnected) return;
  const from = [...list.children].indexOf(last) + 1;
  announce(`${list.children.length - from} more.`);
  if ([target, document.body].includes(document.activeElement)) (part(list.children[from]) ?? find("list")).focus();
};

addEventListener("popstate", go);
addEventListener("offline", render);
addEventListener("online", () => {
  render();
  go();
});
addEventListener("pagehide", () => todos.flush());
addEventListener("beforeunload", (event) => (todos.busy || [...views.values()].some(unsaved)) && event.preventDefault());
document.addEventListener("visibilitychange", () => !document.hidden && todos.phase === "ready" && todos.read());
setInterval(() => views.forEach((view) => view.time()), 30_000);

const SINGLE_KEYS = {
  n: () => add.inputs[0].focus(),
  "/": () => links.find((link) => link.ariaCurrent)?.focus(),
  "?": () => help.showModal(),
};

const ROW_KEYS = {
  ArrowDown: (view, target) => part(view.element.nextElementSibling, target)?.focus(),
  ArrowUp: (view, target) => part(view.element.previousElementSibling, target)?.focus(),
  Delete: remove,
  Enter: (view) => edit(view),
};

document.addEventListener("keydown", (/** @type {any} */ event) => {
  const { target, key } = event;
  const view = viewOf(target);
  const command = event.ctrlKey || event.metaKey;
  const press = key === "Enter" && target.matches("button");
  let action;
  if (event.isComposing || help.open || (event.repeat && key === "Delete")) return;
  if (key === "Escape" && view?.editing) action = cancel;
  else if ((target.matches("textarea") && !(command && !target.value)) || event.altKey) return;
  else if (command) action = key === "z" && todos.held.length && bringBack;
  else action = (keys.checked && SINGLE_KEYS[key]) || (view && !view.editing && !press && ROW_KEYS[key]);
  if (!action) return;
  event.preventDefault();
  action(view, target);
});

find("open-help").onclick = SINGLE_KEYS["?"];
keys.onchange = () => stored("localStorage", "keys", keys.checked);

/** What is stored, after the value if any. @returns {any} */
function stored(place, name, value) {
  try {
    const storage = globalThis[place];
    if (value !== undefined) storage[name] = JSON.stringify(value);
    return JSON.parse(storage[name]);
  } catch {
    // Nothing.
  }
}

keys.checked = stored("localStorage", "keys") ?? true;
add.values = stored("sessionStorage", "draft") ?? {};
todos.addEventListener("change", render);
render();
readContract().then(() => add.explain()).catch(() => {});
go();
