/** Motion: rows glide to where they belong, and a focus whose row is gone goes on to the next. */
import { countWhile, part } from "./list.js";

/** Notes where all is; the answer, called when it has changed, brings it there. @param {import("./list.js").List} list */
export function before(list) {
  const all = [focused(list), moved(list)];
  return () => all.forEach((settle) => settle());
}

function moved(list) {
  if (matchMedia("(prefers-reduced-motion)").matches) return () => {};
  const { fold } = list;
  const isFold = !fold.hidden;
  const places = new Map([fold, ...inView(list.inOrder), fold.nextElementSibling].map((row) => [row, top(row)]));
  return () => {
    const ofFold = isFold ? places.get(fold) - top(fold) : 0;
    // All are measured before any of them moves: a row in motion has everything laid out again for the next measure.
    const ways = [...places].map(([row, from]) => {
      const to = top(row);
      const isSeen = Math.min(from, to) < innerHeight;
      return [row, isSeen && (row === fold ? ofFold : from - to - (fold.contains(row) ? ofFold : 0))];
    });
    for (const [row, way] of ways) if (way) row.animate({ translate: [`0 ${way}px`, "0 0"] }, 160);
  };
}

const top = (row) => row.getBoundingClientRect().top;

/** The rows that can be seen, and those of a screen around. @param {import("./row.js").RowView[]} rows */
const inView = (rows) => {
  const [above, below] = [-innerHeight, 2 * innerHeight].map((edge) => countWhile(rows, ({ element }) => top(element) < edge));
  return rows.slice(above, below).map(({ element }) => element);
};

function focused(list) {
  /** @type {any} */
  const at = document.activeElement;
  const view = at && list.viewOf(at);
  const rows = list.parts.find((each) => each.includes(view));
  const index = rows?.indexOf(view);
  return () => {
    if (!view || document.activeElement !== document.body) return;
    if (!rows.includes(view)) part(rows[index] ?? rows.at(-1), at)?.focus();
    else if (at.isConnected) at.focus();
    else part(view, at)?.focus();
    if (document.activeElement === document.body) list.add.focus();
  };
}
