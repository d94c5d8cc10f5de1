/** Freshness: when the list is read again, while somebody looks at it. */
import { connection, isStill } from "./api.js";
import { find, say } from "./dom.js";
import { patience } from "./outbox.js";

const FRESH_MS = 60_000;
const FOCUS_MS = 10_000;
const LAST_REFRESH_MS = 960_000;

export class Freshness {
  #timer = 0;
  #failures = 0;
  readAt = 0;

  /** @param {import("./list.js").List} list */
  constructor(list) {
    this.list = list;
    addEventListener("focus", () => this.#soon());
    addEventListener("online", () => this.refresh());
    addEventListener("offline", () => this.refresh());
    document.addEventListener("visibilitychange", () => document.hidden || this.#soon());
    find("again-now").onclick = () => this.refresh();
    connection.addEventListener("change", () => this.#reached());
    this.plan(list.items.phase === "ready" && !connection.offline);
  }

  /** Says how it is with the connection, and with what waits for it. */
  show() {
    const { lasting, changes } = this.list.items.storage;
    const waiting = changes.filter(({ state }) => state === "waiting").length;
    const kept = waiting === 1 ? "1 change is" : `${waiting} changes are`;
    find("offline").hidden = !connection.offline;
    say("offline-text", !waiting ? "You are offline."
      : lasting ? `You are offline. ${kept} saved on this device.`
      : `You are offline. ${kept} not saved yet: keep this page open.`);
  }

  #soon() {
    if (Date.now() - this.readAt > FOCUS_MS) this.refresh();
  }

  /** Reads the first page again, unless this address has become another API's. */
  async refresh() {
    const { list } = this;
    clearTimeout(this.#timer);
    this.readAt = Date.now();
    if (connection.offline && !(await isStill(list.contract))) return list.alarm("This address now belongs to another API. Reload the page.");
    this.plan(await list.items.refresh());
  }

  /** When to look again: while offline soon, while nobody looks not at all. */
  plan(fine) {
    clearTimeout(this.#timer);
    this.readAt = Date.now();
    this.#failures = fine ? 0 : this.#failures + 1;
    const wait = fine ? FRESH_MS : connection.offline ? patience(this.#failures - 1) : patience(this.#failures, FRESH_MS, LAST_REFRESH_MS);
    this.#timer = setTimeout(() => {
      if (!document.hidden || this.list.items.storage.changes.length) this.refresh();
      else this.plan(fine);
    }, wait);
  }

  #reached() {
    this.list.render();
    if (connection.offline) this.plan(false);
    else this.list.announce("You are back online.");
  }
}
