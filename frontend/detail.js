/** What is open of an item beside its form: the properties that nobody types, and the address of it. */
import { make } from "./dom.js";

/** @param {Shown} row @param {import("./look.js").Look} look @param {string[]} typed the names of what a form shows */
export function detail({ id, item }, look, typed = []) {
  const key = look.collection.id;
  const names = [...Object.keys(item).filter((name) => name !== key), key].filter((name) => !typed.includes(name) && name !== look.done && look.text(name, item[name]));
  const pairs = names.map((name) => make("div", {}, make("dt", {}, look.label(name)), make("dd", { dir: "auto" }, look.text(name, item[name]))));
  return make("div", { className: "detail" }, make("dl", {}, ...pairs), make("a", { href: look.address({ id }) }, `Link to this ${look.one}`));
}
