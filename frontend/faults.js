/** What is wrong with what is typed into a field, in the reader's words. */
import { FORMATS } from "./form.js";

/** Whether something has to be there that is not, or cannot be read. @param {import("./form.js").Field} field */
export function wrong({ input, value, required, isChanged, isNew, replaces, look, name, label }) {
  const isLost = isChanged && !isNew && !replaces && value === undefined;
  if (input.validity?.badInput) return input.type === "number" ? "Enter a number." : "Enter the whole date.";
  return value === undefined || value === null ? (required || isLost ? needed(look, name, label) : "") : "";
}

/** @param {import("./form.js").Field} field */
export function wrongText(field) {
  const { minLength = 0, pattern = "", format = "", description, example } = field.schema;
  const { value } = field;
  const fits = RegExp(pattern, "u").test(value);
  if (overflow(field)) return overflow(field);
  if (field.required && !format && !(fits && value.length >= minLength) && !/[\p{L}\p{N}]/u.test(value)) return needed(field.look, field.name, field.label);
  if (format === "email" && value && !/^[^\s@]+@[^\s@]+$/.test(value)) return "Enter an email address, like name@example.com.";
  if (FORMATS[format] === "url" && value && !URL.canParse(value)) return "Enter a whole address, with https:// in front.";
  if (value.length < minLength) return `Too short. The least is ${count(minLength)}.`;
  return fits ? "" : ["This does not fit.", description && `Expected: ${description}.`, example && `For example: ${example}`].filter(Boolean).join(" ");
}

/** @param {import("./form.js").Field} field */
export function overflow({ schema: { type, maxLength = Infinity }, value }) {
  const over = type === "string" ? [...String(value ?? "")].length - maxLength : 0;
  return over > 0 ? `Too long by ${count(over)}. The most is ${maxLength}.` : "";
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
