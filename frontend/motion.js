/** Motion: rows glide to where they belong, and a focus whose row is gone goes on to the next. */
import { part } from "./list.js";

/** Notes where all is; the answer, called when it has changed, brings it there. @param {import("./list.js").List} list */
export function before(list) {
  const all = [focused(list), moved(list)];
  return () => all.forEach((settle) => settle());
}

function moved(list) {
  if (matchMedia("(prefers-reduced-motion)").matches) return () => {};
  const { fold } = list;
  const isFold = !fold.hidden;
  const places = new Map([fold, ...inView(list.inOrder), document.querySelector(".foot")].map((row) => [row, top(row)]));
  return () => {
    const ofFold = isFold ? places.get(fold) - top(fold) : 0;
    for (const [row, from] of places) {
      const to = top(row);
      const way = row === fold ? ofFold : from - to - (fold.contains(row) ? ofFold : 0);
      if (way && Math.min(from, to) < innerHeight) row.animate({ translate: [`0 ${way}px`, "0 0"] }, 160);
    }
  };
}

const top = (row) => row.getBoundingClientRect().top;

/** The rows that can be seen, and those of a screen below; the first of them is looked for by halves. */
function inView(rows) {
  let from = 0;
  for (let to = rows.length; from < to; ) {
    const middle = (from + to) >> 1;
    if (top(rows[middle]) < -innerHeight) from = middle + 1;
    else to = middle;
  }
  const count = rows.slice(from).findIndex((row) => top(row) > 2 * innerHeight);
  return rows.slice(from, count < 0 ? undefined : from + count);
}

function focused({ add }) {
  /** @type {any} */
  const at = document.activeElement;
  const row = at?.closest("[data-rows] > li");
  const rows = row?.parentNode;
  const index = [...rows?.children ?? []].indexOf(row);
  return () => {
    if (!row || document.activeElement !== document.body) return;
    if (row.parentNode !== rows) part(rows.children[index] ?? rows.lastElementChild, at)?.focus();
    else if (at.isConnected) at.focus();
    else part(row, at)?.focus();
    if (document.activeElement === document.body) add.focus();
  };
}
