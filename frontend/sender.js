/** Sending one change: against the version that it is based on, merged with what others have changed. */
import { Problem, call } from "./api.js";
import { different, pick } from "./items.js";

const MOST_MERGES = 5;

/** @typedef {import("./api.js").Service} Service */
/** @typedef {import("./items.js").Items} Items */
/** What became of a change: the version, whom to wait for it, and what others changed beside it. */
/** @typedef {{version?: Version, follow?: (changes: Change[]) => Change[], beside?: string[]}} Sent */

/**
 * Does what a change asks for. Whether it is done already is asked first, so an answer that got lost does no harm.
 * @param {Change} change @param {Service} service @param {Items} items
 * @returns {Promise<Sent>}
 */
export function send(change, service, items) {
  return { create, update, delete: remove }[change.kind](change, service, items);
}

/** @param {Change} change @param {Service} service @param {Items} items @returns {Promise<Sent>} */
async function create({ key, body = "", fields }, service, items) {
  const { create: row } = service.collection;
  const version = await service.version(await call(row, { body, headers: { "Idempotency-Key": key } }), row);
  const id = items.idOf(version.item);
  const base = { ...version.item, ...fields };
  return { version, follow: (changes) => changes.map((change) => ({ ...change, id, base })) };
}

/** @param {Change} change @param {Service} service @param {Items} items @returns {Promise<Sent>} */
async function update(change, service, items) {
  const { id, fields, base = {} } = change;
  for await (const version of versions(change, service, items)) {
    const merged = merge(base, fields, version.item, service.collection.stamps);
    if (merged.conflicts.length) throw conflict(version);
    const isDone = !Object.keys(merged.fields).length;
    const stored = isDone ? version : await unlessChanged(put(service, id, merged.fields, version));
    if (stored) return { version: stored, beside: merged.beside };
  }
  throw new Problem({ title: "Others are changing this, too", detail: "It will be tried again.", status: 503 });
}

/** Where an update replaces, the whole item goes with it. @param {Service} service @param {string} id @param {Values} fields @param {Version} changed */
async function put(service, id, fields, { item, tag }) {
  const { update: row } = service.collection;
  const { properties = {} } = row?.body ?? {};
  const sent = Object.keys(properties).filter((name) => name in item && !properties[name].readOnly);
  const body = JSON.stringify({ ...(row?.replaces && pick(item, sent)), ...fields });
  return service.version(await call(row, { id, body, headers: match(tag) }), row, id);
}

/** @param {string | null} [tag] */
const match = (tag) => (tag ? { "If-Match": tag } : {});

/** @param {Change} change @param {Service} service @param {Items} items @returns {Promise<Sent>} */
async function remove(change, service, items) {
  const { id, fields, base = {} } = change;
  try {
    for await (const version of versions(change, service, items)) {
      const { conflicts, beside } = merge(base, fields, version.item, service.collection.stamps);
      if (conflicts.length || beside.length) throw conflict(version);
      if (await unlessChanged(call(service.collection.delete, { id, headers: match(version.tag) }))) return {};
    }
  } catch (problem) {
    if (problem instanceof Problem && problem.status === 404) return {};
    throw problem;
  }
  throw new Problem({ title: "Others are changing this", detail: "It will be tried again.", status: 503 });
}

/**
 * The version that is known, and then, each time that turns out to be old, the one that the service has.
 * Where the contract shows no item alone it is what was seen.
 * @param {Change} change @param {Service} service @param {Items} items
 * @returns {AsyncGenerator<Version>}
 */
async function* versions({ id, base = {} }, service, items) {
  const known = items.version(id);
  if (known?.tag) yield known;
  if (!service.collection.get) yield known ?? { item: base };
  else for (let round = 0; round < MOST_MERGES; round++) {
    const version = await service.get(id);
    items.learn(version);
    yield version;
  }
}

/** What a conditional request answers, or nothing if the condition failed. */
const unlessChanged = (request) => request.catch((problem) => {
  if (problem.status !== 412) throw problem;
});

/** @param {Version} theirs */
function conflict(theirs) {
  const problem = new Problem({ title: "Changed elsewhere", detail: "Choose which version to keep.", status: 412 });
  problem.theirs = theirs;
  return problem;
}

/**
 * What of `mine` is still to be stored, what of it somebody else set to something else, and what they changed beside it.
 * @param {Values} base @param {Values} mine @param {Values} theirs @param {string[]} stamps
 */
function merge(base, mine, theirs, stamps) {
  const left = different(mine, theirs);
  const changed = new Set([...different(theirs, base), ...different(base, theirs)].filter((name) => !stamps.includes(name)));
  return {
    fields: pick(mine, left),
    conflicts: left.filter((name) => changed.has(name)),
    beside: [...changed].filter((name) => !(name in mine)),
  };
}
