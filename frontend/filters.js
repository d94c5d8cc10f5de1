/** Filters: links for what has few values, boxes for the rest; the address says which are chosen. */
import { find, make } from "./dom.js";
import { fieldOf } from "./form.js";

export class Filters {
  /** @type {HTMLAnchorElement[]} */
  links = [];
  /** @type {import("./form.js").Field[]} */
  boxes = [];

  /** @param {import("./look.js").Look} look @param {(event: Event, target: string, label: string) => void} follow */
  constructor(look, follow) {
    this.look = look;
    this.follow = follow;
    const { filters } = look.collection;
    const known = filters.filter((name) => look.properties[name]);
    const groups = known.filter((name) => look.choices(name)).map((name) => make("div", { role: "group", ariaLabel: look.label(name) }, ...this.#links(name)));
    if (groups.length) groups[0].prepend(this.#link("All", undefined));
    const boxes = Object.entries(look.boxes.schema?.properties ?? {}).map(([name, schema]) => this.#box(name, schema));
    find("filters").replaceChildren(...groups, ...boxes);
    find("filters").hidden = !known.length;
  }

  /** What the address asks for. @returns {Values} */
  get chosen() {
    const { look } = this;
    const query = new URLSearchParams(location.search);
    return Object.fromEntries(look.collection.filters.flatMap((name) => {
      const text = query.get(look.parameter(name));
      const value = text === null ? undefined : read(text, look.properties[name] ?? {});
      return value === undefined ? [] : [[name, value]];
    }));
  }

  /** Shows what is chosen; of several filters each can be given up again. */
  mark() {
    const { chosen, look } = this;
    const isOnly = look.collection.filters.length === 1;
    for (const link of this.links) {
      const { name = "", value = "" } = link.dataset;
      const isCurrent = name ? String(chosen[name]) === value : !Object.keys(chosen).length;
      const other = isCurrent && !isOnly ? undefined : read(value, look.properties[name] ?? {});
      link.ariaCurrent = isCurrent ? "page" : null;
      link.href = look.address({ filter: name ? { ...chosen, [name]: other } : {} });
    }
    for (const box of this.boxes) box.value = chosen[box.name];
  }

  #links(name) {
    return (this.look.choices(name) ?? []).map(([value, label]) => this.#link(label, name, value));
  }

  #link(label, name, value) {
    const link = make("a", { textContent: label, data: name ? { name, value: String(value) } : {} });
    link.onclick = (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      this.follow(event, link.href, label);
    };
    this.links.push(link);
    return link;
  }

  #box(name, schema) {
    const { look } = this;
    const box = fieldOf(name, schema, look, { isNew: true, label: look.label(name) });
    Object.assign(box.input, { placeholder: box.label, ariaLabel: box.label });
    find("label", box.element).parentNode.remove();
    box.input.onchange = (event) => {
      const value = box.typed === "" ? undefined : box.value;
      if (!box.check()) this.follow(event, look.address({ filter: { ...this.chosen, [name]: value } }), box.label);
    };
    box.input.onkeydown = ({ key }) => {
      if (key === "Enter") box.input.blur();
    };
    this.boxes.push(box);
    return box.element;
  }
}

/** A value as the address has it, if the schema knows it. @param {string} text @param {Schema} schema */
function read(text, { type, enum: values }) {
  const value = type === "boolean" ? { true: true, false: false }[text] : type === "integer" || type === "number" ? Number(text) : text;
  return (values && !values.includes(value)) || Number.isNaN(value) ? undefined : value;
}
