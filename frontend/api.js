/** The service: its contract, requests and problems. */
import { api } from "./config.js";

export class Problem extends Error {
  /** @param {Said} said */
  constructor({ title, detail, status = 0 }) {
    super(`${title}. ${detail}`);
    this.status = status;
  }
}

export const offline = () => new Problem({
  title: "You are offline",
  detail: "Nothing was changed.",
});

let contract;
/** @type {Promise<void> | undefined} */ let reading;

export const readContract = () => reading ??= ask().catch((error) => {
  reading = undefined;
  throw error;
});

async function ask() {
  contract = await content(await reach("openapi.json"));
}

export function newTodo() {
  const schema = resolve(resolve(operation("createTodo").requestBody).content["application/json"].schema);
  for (const name in schema.properties) schema.properties[name] = resolve(schema.properties[name]);
  return schema;
}

/** @returns {Promise<Page>} */
export const list = async (query) => content(await call("listTodos", { query }));

export const get = async (id) => version(await call("getTodo", { id }));

export const create = async (body, key) =>
  version(await call("createTodo", { body, headers: { "Idempotency-Key": key } }));

export const update = async (id, body, tag) =>
  version(await call("updateTodo", { id, body, headers: { "If-Match": tag } }));

export const remove = (id, tag) => call("deleteTodo", { id, headers: tag && { "If-Match": tag } });

/** Sends before it returns: the page may be going. */
async function call(operationId, /** @type {any} */ { id, query = {}, body, headers }) {
  const { path, method, responses } = operation(operationId);
  const target = new URL(api + path.replace(/{.*}/, id), location.origin);
  for (const name in query) if (query[name] !== undefined) target.searchParams.set(name, String(query[name]));
  const response = await reach(target, {
    method: method.toUpperCase(),
    headers: { ...headers, ...(body && { "Content-Type": "application/json" }) },
    body: body && JSON.stringify(body),
    keepalive: method !== "get",
  });
  if (response.ok) return response;
  const { content } = resolve(responses[response.status] ?? responses.default);
  const { required } = resolve(content["application/problem+json"].schema);
  const said = await response.json().catch(() => {});
  throw required.every((name) => said?.[name]) ? new Problem(said) : unreadable(response);
}

/** @param {string | URL} target @param {RequestInit} [options] */
async function reach(target, options) {
  try {
    // API Gateway gives up after 29 s.
    return await fetch(target, { ...options, signal: AbortSignal.timeout(35_000) });
  } catch {
    throw navigator.onLine ? new Problem({
      title: "The service cannot be reached",
      detail: "Check the connection.",
    }) : offline();
  }
}

/** @returns {Promise<Version>} */
const version = async (response) => ({ todo: await content(response), tag: response.headers.get("ETag") });

const content = (response) => response.json().catch(() => { throw unreadable(response); });

const unreadable = ({ status }) => new Problem({
  title: "The answer makes no sense",
  detail: `Something else answered, with ${status}.`,
  status,
});

function operation(id) {
  for (const path in contract.paths) {
    for (const method in contract.paths[path]) {
      const found = contract.paths[path][method];
      if (found.operationId === id) return { ...found, path, method };
    }
  }
  throw new Problem({
    title: `This API has no “${id}”`,
    detail: "See the reference, by way of the help.",
  });
}

/** What a schema asks for as a whole, leaving aside that it may be null. */
function resolve({ $ref, ...own }) {
  const either = [...own.anyOf ?? [], ...own.oneOf ?? []].filter(({ type }) => type !== "null");
  const parts = [...own.allOf ?? [], ...either.length === 1 ? either : []].map(resolve);
  if ($ref) parts.push(resolve($ref.split("/").slice(1).reduce((at, key) => at[key], contract)));
  return Object.assign({}, ...parts, own);
}
