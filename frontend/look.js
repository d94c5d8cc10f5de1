/** How a collection is shown: what its contract says of it, and the touches that it has. */
import { touches } from "./todos.js";

export class Look {
  /** @param {Collection} collection */
  constructor(collection) {
    this.collection = collection;
    this.touches = touches(collection);
    const { properties = {}, required = [] } = collection.item;
    const own = Object.keys(properties).filter((name) => name !== collection.id && !collection.stamps.includes(name));
    const strings = own.filter((name) => properties[name].type === "string");
    /** The property that names an item to its reader. */
    this.headline = strings.find((name) => required.includes(name)) ?? strings[0] ?? own[0] ?? collection.id;
    /** The others, in the order in which they are shown. */
    this.texts = [...strings, ...own.filter((name) => !strings.includes(name))].filter(
      (name) => name !== this.headline && name !== this.touches.done
    );
    /** @type {NonNullable<Touches["shows"]>} */
    this.shows = this.touches.shows ?? { all: { label: "All", filter: {}, empty: ["Nothing here yet", `Add the first ${this.one}.`] } };
  }

  get heading() {
    return this.touches.heading ?? sentence(this.collection.name.split("/").at(-1) ?? "");
  }

  get one() {
    return this.touches.one ?? "item";
  }

  get many() {
    return this.touches.many ?? "items";
  }

  get done() {
    return this.touches.done;
  }

  /** What a property is called. */
  label(name) {
    return this.touches.labels?.[name] ?? this.collection.item.properties?.[name]?.title ?? sentence(name);
  }

  /** What an item is called. */
  name(item) {
    return String(item?.[this.headline] ?? "") || this.one;
  }

  quoted(item) {
    return `“${this.name(item)}”`;
  }

  /** A value as a reader reads it. */
  text(name, value) {
    if (value === undefined || value === null) return "";
    if (value === true) return name === this.done ? "Completed" : "Yes";
    if (value === false) return name === this.done ? "Open" : "No";
    return typeof value === "object" ? JSON.stringify(value) : String(value);
  }

  /** What was done, or not, by a change. @param {Change} change */
  deed({ kind, fields }) {
    if (kind !== "update") return kind === "create" ? "added" : "deleted";
    return this.touches.saved?.(fields) ?? "saved";
  }
}

/** `firstName` as a reader reads it: First name. */
export function sentence(name) {
  const words = name.replace(/[_-]+/g, " ").replace(/([a-z\d])([A-Z])/g, "$1 $2").trim().toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
