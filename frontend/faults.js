/** What is wrong with what is typed into a field, in the reader's words. */
import { FORMATS } from "./form.js";

/** Whether something has to be there that is not, or cannot be read. @param {import("./form.js").Field} field */
export function wrong({ input, value, required, isChanged, isNew, replaces, look, name, label }) {
  const isLost = isChanged && !isNew && !replaces && value === undefined;
  if (input.validity?.badInput) return input.type === "number" ? "Enter a number." : "Enter a complete date.";
  return value === undefined || value === null ? (required || isLost ? needed(look, name, label) : "") : "";
}

/** @param {any} field or only its schema and its value */
export function wrongText(field) {
  const { minLength = 0, pattern = "", format = "", description, example } = field.schema;
  const { value } = field;
  const fits = RegExp(pattern, "u").test(value);
  if (overflow(field)) return overflow(field);
  if (field.required && !format && !(fits && value.length >= minLength) && !/[\p{L}\p{N}]/u.test(value)) return needed(field.look, field.name, field.label);
  if (format === "email" && value && !/^[^\s@]+@[^\s@]+$/.test(value)) return "Enter an email address, like name@example.com.";
  if (FORMATS[format] === "url" && value && !URL.canParse(value)) return "Enter a full web address, starting with https://.";
  if (value.length < minLength) return `Too short. Use at least ${count(minLength)}.`;
  return fits ? "" : ["Not in the expected format.", description && `Expected: ${description}.`, example && `For example: ${example}`].filter(Boolean).join(" ");
}

/** @param {Pick<import("./form.js").Field, "schema" | "value">} field */
export function overflow({ schema: { type, maxLength = Infinity }, value }) {
  const over = type === "string" ? [...String(value ?? "")].length - maxLength : 0;
  return over > 0 ? `Too long by ${count(over)}. The limit is ${maxLength}.` : "";
}

/** What is said of a field that is empty and must not be. @param {import("./look.js").Look} look */
const needed = ({ touches }, name, label) => touches.needed?.[name] ?? `Fill in “${label}”.`;

const count = (characters) => `${characters} ${characters === 1 ? "character" : "characters"}`;

/** @param {any} value @param {Schema} schema */
export function wrongNumber(value, { type, minimum = -Infinity, maximum = Infinity, exclusiveMinimum, exclusiveMaximum, multipleOf }) {
  if (type === "integer" && !Number.isInteger(value)) return "Enter a whole number.";
  if (value < minimum || (exclusiveMinimum && value === minimum)) return `Enter ${exclusiveMinimum ? "more than" : "at least"} ${minimum}.`;
  if (value > maximum || (exclusiveMaximum && value === maximum)) return `Enter ${exclusiveMaximum ? "less than" : "at most"} ${maximum}.`;
  const steps = value / (multipleOf ?? 1);
  return multipleOf && Math.abs(steps - Math.round(steps)) > 1e-9 ? `Enter a multiple of ${multipleOf}.` : "";
}

const KINDS = { array: "a list in [ ]", object: "an object in { }", string: "text in quotes", boolean: "true or false", number: "a number", integer: "a number" };

/** What is wrong with a value of JSON, and where inside of it. @param {any} value @param {Schema} [schema] @returns {string} */
export function wrongInside(value, schema = {}) {
  const { type = "", nullable, enum: values, properties = {}, required = [], items } = schema;
  const kind = Array.isArray(value) ? "array" : typeof value;
  if (value === null && nullable) return "";
  if (type && (value === null || kind !== type.replace("integer", "number"))) return `Write ${KINDS[type]}.`;
  if (values && !values.includes(value)) return `Choose from ${values.join(", ")}.`;
  if (kind === "number") return wrongNumber(value, schema);
  if (kind === "string") return wrongText({ schema, value });
  if (kind === "boolean" || !value) return "";
  const missing = kind === "object" && required.find((name) => !(name in value));
  if (missing) return `“${missing}” is missing.`;
  const faults = Object.entries(value).map(([name, each]) => [name, wrongInside(each, items ?? properties[name])]);
  const [name, fault] = faults.find(([, each]) => each) ?? [];
  return fault ? `${name}${fault.includes(": ") ? " › " : ": "}${fault}` : "";
}
