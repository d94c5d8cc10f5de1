/** Versions of an item: what differs between them. */

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
