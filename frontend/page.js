/** The page: which collection it shows, once it is known what there is. */
import { api } from "./config.js";
import { readPage } from "./api.js";
import { find, say } from "./dom.js";
import { List } from "./list.js";

let isOpen = false;

async function open() {
  if (isOpen) return;
  isOpen = true;
  find("lost").hidden = true;
  try {
    const { contract, collections } = await readPage();
    // What this device keeps belongs to one API, one contract, one collection.
    const name = `page ${JSON.stringify([api, contract, collections[0].name])}`;
    await new List(collections[0], name, contract).open();
    await navigator.serviceWorker?.register("worker.js").catch(() => {});
  } catch (error) {
    isOpen = false;
    find("lost").hidden = false;
    say("lost-text", error instanceof Error ? error.message : "");
  }
}

find("again").onclick = open;
addEventListener("online", open);
open();
