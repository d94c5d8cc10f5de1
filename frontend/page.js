/** The page: which collection it shows, once it is known what there is. */
import { api } from "./config.js";
import { readFile } from "./api.js";
import { find, say } from "./dom.js";
import { List } from "./list.js";

let isOpen = false;

async function open() {
  if (isOpen) return;
  isOpen = true;
  find("lost").hidden = true;
  try {
    await show(await readFile("page.json"));
    await navigator.serviceWorker?.register("worker.js").catch(() => {});
  } catch (error) {
    isOpen = false;
    find("lost").hidden = false;
    say("lost-text", error instanceof Error ? error.message : "");
  }
}

/** The collection that the address names, or the only one; else all of them. */
async function show({ contract, access, collections }) {
  const door = access.person || access.key ? await (await import("./door.js")).Door.open(access, contract) : undefined;
  const wanted = new URLSearchParams(location.search).get("in");
  const chosen = collections.length === 1 ? collections[0] : collections.find(({ name }) => name === wanted);
  if (!chosen) return (await import("./menu.js")).show(contract, collections);
  const collection = chosen.file ? await readFile(chosen.file) : chosen;
  if (chosen.file) say("up", contract);
  // What this device keeps belongs to one API, one contract, one collection, one person.
  const who = (await door?.enter(collection)) ?? [];
  const name = `page ${JSON.stringify([api, contract, collection.name, ...who])}`;
  const list = await List.of(collection, chosen.file ? { in: collection.name } : {}, name, contract);
  door?.guard(list.items.storage);
  await list.open();
}

find("again").onclick = open;
addEventListener("online", open);
open();
