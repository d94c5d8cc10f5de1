/** The service: requests, problems, and whether it can be reached. */
import { api } from "./config.js";

/** API Gateway gives up after 29 s. */
const PATIENCE_MS = 35_000;
/** What a page that goes may leave to the browser; it takes 64 KiB of all requests together. */
const MOST_KEPT_ALIVE = 6_000;

export class Problem extends Error {
  /** @param {Said} said @param {number} [after] seconds until another try */
  constructor(said, after = 0) {
    super(`${said.title}. ${said.detail}`);
    this.said = said;
    this.status = said.status ?? 0;
    this.after = after;
    /** What somebody else made of the item meanwhile. @type {Version | undefined} */
    this.theirs = undefined;
  }

  /** Whether it may be gone by itself after a while. */
  get passes() {
    return [0, 401, 429, 503].includes(this.status);
  }
}

/** What the service, or the way to it, has against something; any other error is one of this page. @returns {Problem} */
export function problemOf(error) {
  if (error instanceof Problem) return error;
  throw error;
}

/** Whether the last request got an answer; `navigator.onLine` knows of cables only. */
class Connection extends EventTarget {
  #offline = false;
  /** Whether nobody is signed in who has to be. */
  stranger = false;

  get offline() {
    return this.#offline;
  }

  set offline(offline) {
    if (offline === this.#offline) return;
    this.#offline = offline;
    this.dispatchEvent(new Event("change"));
  }

  /** Whether changes have to wait. */
  get closed() {
    return this.#offline || this.stranger;
  }
}

export const connection = new Connection();

/** What tells the service who calls, where it asks. @type {import("./session.js").Session | undefined} */
let caller;
export const callAs = (session) => (caller = session);

/** What the site says of the contract: `infra/page.py`. */
export const readFile = async (name) => content(await reach(name));

/** Whether the site is still that of this contract, as far as it can be asked; another may answer on the same port. */
export async function isStill(contract) {
  try {
    return (await (await fetch("page.json")).json()).contract === contract;
  } catch {
    return true;
  }
}

export class Service {
  /** @param {Collection} collection */
  constructor(collection) {
    this.collection = collection;
  }

  /** @returns {Promise<Page>} */
  async list(query) {
    const { list } = this.collection;
    const { cursor, ...filters } = query;
    const size = list?.limit ? { [list.limit]: list.most } : {};
    const response = await call(list, { query: { ...size, ...filters, [list?.cursor ?? "cursor"]: cursor } });
    const page = await content(response);
    const items = list?.items ? page[list.items] : page;
    return { items: items.map((item) => (list?.wrapper ? item[list.wrapper] : item)), next: next(page, list, response) };
  }

  async get(id) {
    return this.version(await call(this.collection.get, { id }), this.collection.get);
  }

  /** The item that an answer shows; where it shows none, or not all of it, it is asked for. @returns {Promise<Version>} */
  async version(response, row, id = response.headers.get("Location")?.split("/").at(-1)) {
    const shown = response.status !== 204 && !row.partial;
    if (!shown && this.collection.get && row !== this.collection.get && id) return this.get(decodeURIComponent(id));
    const answer = await content(response);
    return { item: row.wrapper ? answer[row.wrapper] : answer, tag: response.headers.get("ETag") };
  }
}

/** The cursor of the page that follows: a property of the answer, or in its `Link`. */
function next(page, list, response) {
  if (list.next) return page[list.next] ?? undefined;
  const link = response.headers.get("Link")?.match(/<([^>]*)>[^,]*rel="?next/)?.[1];
  return link ? new URL(link, location.href).searchParams.get(list.cursor) ?? undefined : undefined;
}

/** @param {Row | undefined} row */
export async function call(row, /** @type {any} */ { id = "", names = {}, query = {}, body, headers }) {
  if (!row) throw new Problem({ title: "This API has no such operation", detail: "See its reference.", status: 405 });
  const path = row.path.replace(/{(.*?)}/g, (_, name) => encodeURIComponent(names[name] ?? id));
  const target = new URL(api + path, location.origin);
  for (const name in query) if (query[name] !== undefined) target.searchParams.set(name, String(query[name]));
  const ask = async () => reach(target, {
    method: row.method,
    headers: { ...headers, ...(body && { "Content-Type": row.type ?? "application/json" }), ...(await caller?.fields(row)) },
    body,
    keepalive: row.method !== "GET" && (body ?? "").length < MOST_KEPT_ALIVE,
  });
  let response = await ask();
  if (response.status === 401 && (await caller?.renewed(row))) response = await ask();
  if (response.ok) return response;
  caller?.refused(row, response.status);
  const said = await response.json().catch(() => {});
  if (!said?.title || !said.detail) throw unexpected(response);
  throw new Problem({ ...said, status: response.status }, Number(response.headers.get("Retry-After")) || 0);
}

/** @param {string | URL} target @param {RequestInit} [options] */
async function reach(target, options) {
  try {
    const response = await fetch(target, { ...options, signal: AbortSignal.timeout(PATIENCE_MS) });
    connection.offline = false;
    return response;
  } catch {
    connection.offline = true;
    throw new Problem({ title: "The service cannot be reached", detail: "Check your connection." });
  }
}

const content = (response) => response.json().catch(() => { throw unexpected(response); });

const unexpected = ({ status }) => new Problem({
  title: `Unexpected response (${status})`,
  detail: "Something other than the service answered. Check your network, then try again.",
  status,
});
