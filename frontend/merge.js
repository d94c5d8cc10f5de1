/** Three versions of one item: what the reader saw, what they made of it, and what it is by now. */

/** Whether two values of a property are the same; one that is absent is null. */
export function same(one, other) {
  if (one === other || (one ?? other ?? null) === null) return true;
  if (typeof one !== "object" || typeof other !== "object" || !one || !other) return false;
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Array.isArray(one) === Array.isArray(other) && [...names].every((name) => same(one[name], other[name]));
}

/** The names of `fields` whose values an item does not have. */
export const different = (fields = {}, item = {}) => Object.keys(fields).filter((name) => !same(fields[name], item[name]));

export const pick = (values, names) => Object.fromEntries(names.map((name) => [name, values[name]]));

/**
 * What of `mine` is still to be stored, what of it somebody else set to something else, and what they changed beside it.
 * @param {Values} base @param {Values} mine @param {Values} theirs @param {string[]} stamps
 */
export function merge(base, mine, theirs, stamps) {
  const left = different(mine, theirs);
  const changed = new Set([...different(theirs, base), ...different(base, theirs)].filter((name) => !stamps.includes(name)));
  return {
    fields: pick(mine, left),
    conflicts: left.filter((name) => changed.has(name)),
    beside: [...changed].filter((name) => !(name in mine)),
  };
}
