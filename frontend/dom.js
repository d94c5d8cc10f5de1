/** The page's own elements: found by what they are for, copied from its templates, or made. */

/** The page's own, by name: to look for one again takes longer the more rows there are. @type {Record<string, any>} */
const own = {};

/** @param {ParentNode} [around] @returns {any} */
export const find = (name, around) => (around ? around.querySelector(`[data-${name}]`) : own[name] ??= find(name, document));

/** @returns {any} */
export const copy = (name) => find(`copy="${name}"`).content.firstElementChild.cloneNode(true);

/** @param {(Node | string)[]} children @returns {any} */
export function make(tag, /** @type {Record<string, any>} */ { data = {}, ...properties } = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  Object.assign(element.dataset, data);
  element.append(...children);
  return element;
}

/** Text where there is some, and no element where there is none. */
export function say(name, text) {
  const element = find(name);
  if (element.textContent !== (text || "")) element.textContent = text || "";
  element.hidden = !text;
}

/** Loads a style sheet; the answer comes when it is there, or cannot be had. */
export const styles = (href) => new Promise((resolve) => document.head.append(make("link", { rel: "stylesheet", href, onload: resolve, onerror: resolve })));
