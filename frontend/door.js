/** The door: who is asked to sign in, or for a key, and how they go. */
import { readFile } from "./api.js";
import { find, make, say, styles } from "./dom.js";
import { Session } from "./session.js";

export class Door {
  /** Of the collection that is shown. @type {import("./storage.js").Storage | undefined} */
  #storage;
  #problem = "";
  #header = make("div", { className: "person" });
  #bar = make("div", { className: "bar expired", hidden: true });

  /** @param {Access} access @param {string} contract */
  constructor(access, contract) {
    this.access = access;
    this.contract = contract;
    this.session = new Session(access.person?.scopes ?? [], contract);
    this.session.addEventListener("change", () => this.#show());
  }

  /** The door of a contract, once whoever comes back from signing in is in. @param {Access} access @param {string} contract */
  static async open(access, contract) {
    const door = new Door(access, contract);
    await styles("door.css");
    await door.session.returned().catch((problem) => (door.#problem = problem.message));
    find("open-help").before(door.#header);
    document.querySelector("main")?.before(door.#bar);
    door.#show();
    return door;
  }

  /**
   * Lets somebody in who may read a collection, and leaves of it what they may do: without a person what is open.
   * @param {Collection} collection @returns {Promise<string[]>} who that is, if anybody
   */
  async enter(collection) {
    const { session } = this;
    if (Object.values(collection).some((row) => row?.key) && !session.key) await this.#askKey();
    if (session.person && !session.isFresh) await session.refresh().catch(() => {});
    const isIn = session.person && !session.isOver;
    if (!isIn && collection.list?.caller === "person") await this.#askPerson();
    const isAllowed = (/** @type {any} */ row) => !row?.caller || (isIn && row.caller === "person");
    for (const [role, row] of Object.entries(collection)) {
      if (Array.isArray(row)) collection[role] = row.filter(isAllowed);
      else if (!isAllowed(row)) delete collection[role];
    }
    return isIn ? [session.person?.sub ?? ""] : [];
  }

  /** What is to be gone once they have signed out. @param {import("./storage.js").Storage} storage */
  guard(storage) {
    this.#storage = storage;
    this.session.leaving = () => storage.close();
  }

  // -- before there is a list --------------------------------------------------------------------

  #askPerson() {
    const { session } = this;
    const title = session.isOver && session.person ? `Sign in again, ${session.person.name}` : "Sign in to continue";
    const button = make("button", { className: "strong" }, "Sign in");
    return this.#card(title, this.#problem || "This list is for people who are signed in.", [button], () => this.#signIn());
  }

  async #askKey() {
    const input = make("input", { name: "key", required: true, autocomplete: "off", spellcheck: false });
    const label = make("label", {}, "Key", input);
    const button = make("button", { className: "strong" }, "Continue");
    const text = "This API needs a key. It stays in this browser.";
    const { card } = await this.#card("Enter your key", text, [label, button], (done) => {
      this.session.key = input.value.trim();
      if (this.session.key) done();
    });
    card.remove();
    find("open-help").hidden = false;
    this.#show();
  }

  /** The answer is when it is done. @returns {Promise<any>} */
  #card(title, text, parts, act) {
    say("heading", this.contract);
    document.title = this.contract;
    this.#header.replaceChildren();
    find("open-help").hidden = true;
    return new Promise((resolve) => {
      const form = make("form", { className: "state door", noValidate: true }, make("h2", {}, title), make("p", { role: "status" }, text), ...parts);
      const card = make("div", { role: "main" }, form);
      form.onsubmit = (event) => {
        event.preventDefault();
        act(() => resolve({ card }));
      };
      document.querySelector("main")?.before(card);
      card.querySelector("input")?.focus();
    });
  }

  async #signIn() {
    await this.session.signIn().catch((problem) => this.#say(problem.message));
  }

  #say(text) {
    const place = document.querySelector(".door p") ?? this.#bar.firstElementChild;
    if (place) place.textContent = text;
  }

  // -- beside it ---------------------------------------------------------------------------------

  #show() {
    const { session, access } = this;
    const { person, isOver } = session;
    const isIn = person && !isOver;
    const name = make("span", { dir: "auto" }, person?.name ?? "");
    const button = make("button", { className: "plain", onclick: () => (isIn ? this.#signOut() : this.#signIn()) }, isIn ? "Sign out" : "Sign in");
    this.#header.replaceChildren(...(access.person ? [...(isIn ? [name] : []), button] : []));
    const isBarred = access.key && !session.key;
    this.#bar.hidden = !(isOver || isBarred) || find("main").hidden;
    if (isOver) this.#tell("You are signed out. What you typed is kept on this device.", "Sign in", () => this.#signIn());
    else if (isBarred) this.#tell("Your key was refused.", "Enter another", () => location.reload());
  }

  #tell(text, label, onclick) {
    this.#bar.replaceChildren(make("p", { role: "alert" }, text), make("button", { className: "strong", onclick }, label));
  }

  async #signOut() {
    const left = this.#storage?.changes.length;
    const question = `${left === 1 ? "1 change is" : `${left} changes are`} not saved yet. Sign out, and lose ${left === 1 ? "it" : "them"}?`;
    if (!left || confirm(question)) await this.session.signOut();
  }
}

/** The session alone, for the reference: who is in, and how they come and go. @param {any} place */
export async function beside(place) {
  const { contract, access } = await readFile(new URL("page.json", import.meta.url));
  const session = new Session(access.person?.scopes ?? [], contract);
  const show = () => {
    const isIn = session.person && !session.isOver;
    const onclick = () => (isIn ? session.signOut() : session.signIn()).catch((problem) => place.append(problem.message));
    place.replaceChildren(isIn ? `${session.person?.name} ` : "", make("button", { onclick }, isIn ? "Sign out" : "Sign in"));
  };
  session.addEventListener("change", show);
  if (session.person) await session.refresh().catch(() => {});
  show();
  return session;
}
