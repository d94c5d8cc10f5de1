/** The collections of a contract that has several, each a link to its list. */
import { find, make, say, styles } from "./dom.js";

export async function show(contract, collections) {
  await styles("later.css");
  document.title = contract;
  say("heading", contract);
  find("menu").firstElementChild.replaceChildren(...collections.map(({ name, heading, about = "" }) => {
    const link = make("a", { href: `?${new URLSearchParams({ in: name })}` }, make("strong", {}, heading), make("span", {}, about));
    return make("li", {}, link);
  }));
  find("menu").hidden = false;
  find("open-help").hidden = true;
}
