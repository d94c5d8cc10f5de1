/** The bar that offers to undo deletions, and how long it does. */
import { find, say } from "./dom.js";
import { UNDO_MS } from "./outbox.js";

const EXTEND_MS = 2_000;

export class UndoBar {
  #bar = find("undo");
  #clock = find("clock").animate({ scale: ["1 1", "0 1"] }, UNDO_MS);
  #due = 0;
  #over = false;
  #focused = false;
  #extending = 0;
  /** What can be undone beside deletions. @type {{text: string, undo: () => void} | undefined} */
  offered;
  #offering = 0;

  /** @param {import("./outbox.js").Outbox} outbox @param {(gone: Change[]) => string} named */
  constructor(outbox, named) {
    this.outbox = outbox;
    this.named = named;
    this.#bar.onpointerenter = () => this.#watch(true, this.#focused);
    this.#bar.onpointerleave = () => this.#watch(false, this.#focused);
    this.#bar.addEventListener("focusin", () => this.#watch(this.#over, true));
    this.#bar.addEventListener("focusout", ({ relatedTarget }) => this.#watch(this.#over, this.#bar.contains(relatedTarget)));
  }

  /** Offers to undo something that is done already, for as long as deletions can be. */
  offer(text, undo) {
    this.withdraw();
    this.offered = { text, undo };
    this.#offering = setTimeout(() => this.withdraw(), UNDO_MS);
    this.#due = 0;
    this.#clock.currentTime = 0;
    this.#clock.play();
    this.show();
  }

  withdraw() {
    clearTimeout(this.#offering);
    this.offered = undefined;
    this.show();
  }

  get text() {
    return `Deleted ${this.named(this.outbox.held)}.`;
  }

  show() {
    const { held, due } = this.outbox;
    this.#bar.hidden = !held.length && !this.offered;
    if (this.offered) return say("undo-text", this.offered.text);
    if (!held.length) return this.#watch(false, false);
    say("undo-text", this.text);
    if (due === this.#due) return;
    this.#due = due;
    this.#clock.currentTime = Math.max(0, UNDO_MS - (due - Date.now()));
    if (!this.outbox.watched) this.#clock.play();
  }

  /** As long as the reader is there, nothing is deleted, and afterwards there is the whole time again. */
  #watch(over, focused) {
    this.#over = over;
    this.#focused = focused;
    const watched = over || focused;
    if (watched === this.outbox.watched) return;
    this.outbox.watched = watched;
    clearInterval(this.#extending);
    if (watched) this.#clock.pause();
    if (watched) this.#extending = setInterval(() => this.outbox.extend(), EXTEND_MS);
    if (!this.outbox.held.length) return;
    this.outbox.extend();
    this.outbox.go();
    this.show();
  }
}
