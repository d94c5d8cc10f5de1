/** The page's own elements: found by what they are for, and copied from its templates. */

/** @param {ParentNode} around @returns {any} */
export const find = (name, around = document) => around.querySelector(`[data-${name}]`);

/** @returns {any} */
export const copy = (name) => find(`copy="${name}"`).content.firstElementChild.cloneNode(true);

/** Text where there is some, and no element where there is none. @param {ParentNode} around */
export function say(name, text, around = document) {
  const element = find(name, around);
  if (element.textContent !== (text || "")) element.textContent = text || "";
  element.hidden = !text;
}
