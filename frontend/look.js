/** How a collection is shown: what its contract says of it, and the touches that it has. */
import { pick } from "./items.js";
import { touches } from "./todos.js";

const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" });
export const TIME = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const NUMBER = new Intl.NumberFormat(undefined, { maximumFractionDigits: 20, useGrouping: "min2" });
const MOST_OF_A_FACT = 250;
/** What an address says beside its filters. */
const OWN_PARAMETERS = ["id", "in"];

export class Look {
  /** @param {Collection} collection @param {Record<string, string>} place what names it in an address */
  constructor(collection, place) {
    this.collection = collection;
    this.place = place;
    this.touches = touches(collection);
    this.heading = this.touches.heading ?? collection.heading;
    this.one = collection.one;
    this.many = collection.many;
    this.done = this.touches.done;
    const { properties = {}, required = [] } = collection.item;
    this.properties = properties;
    const own = Object.keys(properties).filter((name) => name !== collection.id && !collection.stamps.includes(name));
    const strings = own.filter((name) => properties[name].type === "string" && !isDate(properties[name]) && !properties[name].enum);
    /** The property that names an item to its reader. */
    this.headline = strings.find((name) => required.includes(name)) ?? strings[0] ?? own[0] ?? collection.id;
    const others = own.filter((name) => name !== this.headline && name !== this.done && !properties[name].deprecated);
    /** Those with paragraphs of their own. */
    this.texts = others.filter((name) => strings.includes(name) && !properties[name].format && (properties[name].maxLength ?? Infinity) > MOST_OF_A_FACT);
    /** The others, in the order in which a row has them: strings, dates, and the rest. */
    this.facts = [strings, own.filter((name) => isDate(properties[name])), own].flat()
      .filter((name, index, all) => all.indexOf(name) === index && others.includes(name) && !this.texts.includes(name));
  }

  /** Whether an item is ticked off. @param {Values} item */
  isDone = (item) => Boolean(this.done && item[this.done]);

  /** What is needed to make a form for a new item. @returns {Asked} */
  get creating() {
    const schema = this.collection.create?.body;
    const first = `New ${this.one}`;
    return { schema, isNew: true, first: Number(schema?.required?.length) > 1 ? `${first}: ${lower(this.label(this.headline))}` : first };
  }

  /** What is needed to make a form for an item that is there. @returns {Asked} */
  get updating() {
    const { update, item } = this.collection;
    return { schema: update?.body, required: update?.replaces ? update.body?.required : item.required, replaces: update?.replaces };
  }

  /** What is needed to make the boxes of the filters that are no links. @returns {Asked} */
  get boxes() {
    const names = this.collection.filters.filter((name) => this.properties[name] && !this.choices(name));
    return { schema: { properties: pick(this.properties, names) }, isNew: true };
  }

  /** The names and values by which the list can be filtered with a link; others are asked for in a box. */
  choices(name) {
    const { type, enum: values = type === "boolean" ? [true, false] : undefined } = this.properties[name] ?? {};
    const label = this.label(name);
    return this.touches.choices?.[name] ?? values?.map((value) => [value, type === "boolean" ? (value ? label : `Not ${lower(label)}`) : this.text(name, value)]);
  }

  /** The address of this collection's list, filtered, or with an item open. @param {{id?: string, filter?: Values}} what */
  address({ id, filter = {} }) {
    const query = new URLSearchParams(this.place);
    for (const name in filter) if (filter[name] !== undefined) query.set(this.parameter(name), String(filter[name]));
    if (id) query.set("id", id);
    return query.size ? `?${query}` : "./";
  }

  /** What a filter is called in an address. */
  parameter = (name) => (OWN_PARAMETERS.includes(name) ? `${name}_` : name);

  /** What is said of an empty list. @param {string} query */
  empty(query) {
    const { list, create } = this.collection;
    const told = !list ? `This API does not list ${this.many}. Those that you add on this device show up here.`
      : query ? "Try another search or filter."
      : create ? `Add the first ${this.one}.`
      : "Nothing has been added yet.";
    return this.touches.empty?.[query] ?? [query ? `No ${this.many} found` : `No ${this.many} yet`, told];
  }

  /** What a property is called. @param {Schema} [schema] */
  label(name, schema = this.properties[name]) {
    return this.touches.labels?.[name] ?? schema?.title ?? sentence(name);
  }

  /** What is said below a label. @param {string} name @param {Schema} schema */
  hint(name, { description = "", deprecated }) {
    return this.touches.hints?.[name] ?? (deprecated ? "No longer used. " : "") + description.split("\n\n")[0].replaceAll("`", "");
  }

  /** @param {string} name @param {Schema} schema @param {boolean} required */
  placeholder(name, { example }, required) {
    const like = example === undefined || typeof example === "object" ? "" : required ? `${example}` : `Optional, like ${example}`;
    return this.touches.placeholders?.[name] ?? (like || (required ? "" : "Optional"));
  }

  /** What an item is called. */
  name(item) {
    return this.text(this.headline, item?.[this.headline]) || this.one;
  }

  quoted(item) {
    return `“${this.name(item)}”`;
  }

  /** A value as a reader reads it. @param {Schema} [schema] @returns {string} */
  text(name, value, schema = this.properties[name]) {
    if (value === undefined || value === null) return "";
    if (typeof value === "boolean") return name === this.done ? (value ? "Completed" : "Open") : value ? "Yes" : "No";
    if (typeof value === "number") return NUMBER.format(value);
    if (typeof value === "string") return isDate(schema) && Date.parse(value) ? (schema?.format === "date" ? DAY : TIME).format(Date.parse(value)) : schema?.enum ? sentence(value) : value;
    if (Array.isArray(value)) return value.map((each) => this.text("", each, schema?.items)).join(", ");
    return Object.entries(value).map(([key, each]) => `${this.label(key, schema?.properties?.[key])}: ${this.text("", each, schema?.properties?.[key])}`).join(", ");
  }

  /** Whether what a reader reads of an item has a text in it, in small letters. */
  matches(item, text) {
    return Object.keys(item).some((name) => this.text(name, item[name]).toLowerCase().includes(text));
  }
}

/** @param {Schema} [schema] */
const isDate = (schema) => ["date", "date-time"].includes(schema?.format ?? "");

/** `firstName` as a reader reads it: First name. */
function sentence(name) {
  const words = name.replace(/[_-]+/g, " ").replace(/([a-z\d])([A-Z])/g, "$1 $2").trim().toLowerCase();
  return upper(words);
}

export const upper = (text) => text.charAt(0).toUpperCase() + text.slice(1);

const lower = (text) => text.charAt(0).toLowerCase() + text.slice(1);
