/** Functions: what a contract can do with an item or a collection beyond its rules, behind buttons. */
import { call, problemOf } from "./api.js";
import { open, told } from "./details.js";
import { copy, find, make } from "./dom.js";
import { Fields, prepare } from "./form.js";

const ENDS_SOMETHING = /^(delete|clear|remove|cancel|purge|reset)\b/i;

/** Shows the functions of a collection; what is returned does those of its items. @param {import("./list.js").List} list */
export function offer(list) {
  const { functions = [] } = list.look.collection;
  find("functions").replaceChildren(...functions.filter(({ on }) => !on).map((doing) =>
    make("button", { textContent: doing.label, onclick: () => begin(doing, list) })));
  return (/** @type {string} */ pressed, /** @type {Shown} */ row) => {
    const doing = functions.find(({ on, label }) => on && label === pressed);
    if (doing) begin(doing, list, row);
  };
}

/** Asks what a function takes, or whether it is meant, and calls it. @param {Doing} doing @param {import("./list.js").List} list @param {Shown} [row] */
async function begin(doing, list, row) {
  const { schema, isAsked } = asked(doing);
  const isGrave = doing.method !== "GET" && (!row || doing.method === "DELETE" || ENDS_SOMETHING.test(doing.label));
  if (!isAsked && !isGrave) return perform(doing, list, row, {}).catch((problem) => list.alarm(problemOf(problem).message));
  await prepare(schema);
  const form = copy("edit");
  const dialog = open(row ? `${doing.label}: ${list.look.name(row.item)}` : doing.label, doing.description ?? "", form);
  const fault = form.appendChild(make("p", { role: "alert", className: "fault" }));
  const fields = new Fields(form, list.look, { schema });
  form.querySelector("button").textContent = doing.label;
  find('part="cancel"', form).onclick = () => dialog.close();
  form.onsubmit = async (event) => {
    event.preventDefault();
    fault.textContent = "";
    if (!fields.check()) return;
    try {
      await perform(doing, list, row, fields.values);
      dialog.close();
    } catch (/** @type {any} */ problem) {
      fault.textContent = problemOf(problem).message;
      fields.blame(problem.said);
    }
  };
}

/** What a form asks for: the parameters, and then the body. @param {Doing} doing @returns {{schema: Schema, isAsked: boolean}} */
function asked({ parameters, body }) {
  const given = Object.entries(parameters);
  const properties = { ...Object.fromEntries(given.map(([name, { schema }]) => [name, schema])), ...body?.properties };
  const required = [...given.filter(([, { required: isRequired }]) => isRequired).map(([name]) => name), ...body?.required ?? []];
  return { schema: { properties, required }, isAsked: Object.keys(properties).length > 0 };
}

/** @param {Doing} doing @param {import("./list.js").List} list @param {Shown | undefined} row @param {Values} values */
async function perform(doing, list, row, values) {
  const { parameters, body, on } = doing;
  const names = { ...(on && { [on]: row?.id }) };
  const query = {};
  for (const name in parameters) if (name in values) (parameters[name].place === "path" ? names : query)[name] = values[name];
  const sent = Object.fromEntries(Object.entries(values).filter(([name]) => body?.properties?.[name]));
  const response = await call(doing, { names, query, body: body && JSON.stringify(sent) });
  const answer = response.status === 204 ? undefined : await response.json().catch(() => {});
  const isItem = row && String(answer?.[list.look.collection.id]) === row.id;
  if (isItem) list.items.find({ item: answer, tag: response.headers.get("ETag") });
  else if (doing.method !== "GET") {
    list.items.doubt();
    list.freshness?.refresh();
  }
  list.announce(`${doing.label}: done.`);
  if (answer !== undefined && !isItem) tell(doing, answer, list.look);
}

/** Shows an answer that is no item. */
function tell({ label }, answer, look) {
  const close = make("form", { method: "dialog", className: "choice" }, make("button", { className: "strong" }, "Close"));
  const isFlat = answer && typeof answer === "object" && !Array.isArray(answer);
  open(label, "", isFlat ? told(answer, Object.keys(answer), look) : make("pre", {}, JSON.stringify(answer, null, 2)), close);
}
