/** Who calls: a person, by the tokens of the provider that `config.js` names, or an application, by its key. */
import { api, signIn } from "./config.js";
import { Problem, callAs, connection, readFile } from "./api.js";

/** How long before the end of a token the next one is asked for: a page that goes has no time to wait for it. */
const AHEAD_MS = 120_000;
const HOME = new URL("./", import.meta.url).href;
const { client = "", discovery = "", logout } = signIn ?? {};
const SESSION = `session ${client}`;
const WAY = `way ${client}`;

/**
 * The tokens of this tab: the one that calls in memory, the one that brings new ones in sessionStorage, which no other
 * tab reads and which ends with this one. Tells of a `change` when somebody is wanted: a person, or a key.
 * OAuth 2.0 for Browser-Based Applications; RFC 7636 (PKCE).
 */
export class Session extends EventTarget {
  /** Whether somebody was signed in, and has to sign in again. */
  isOver = false;
  /** What ends before what this device keeps of a person does. @type {() => Promise<void> | undefined} */
  leaving = () => undefined;
  #access = "";
  #hint = "";
  #ends = 0;
  #timer = 0;
  /** @type {Promise<void> | undefined} */
  #refreshing;
  /** @type {Promise<any> | undefined} */
  #told;
  #tabs = new BroadcastChannel(SESSION);

  /** @param {string[]} scopes @param {string} contract */
  constructor(scopes, contract) {
    super();
    this.scopes = scopes;
    this.keyName = `key ${JSON.stringify([api, contract])}`;
    this.#tabs.onmessage = ({ data }) => data === this.person?.sub && this.#leave(HOME);
    document.addEventListener("visibilitychange", () => document.hidden || this.#ahead());
    callAs(this);
  }

  /** Who is signed in in this tab, or was last. @returns {{sub: string, name: string, refresh?: string} | undefined} */
  get person() {
    return read(SESSION);
  }

  get key() {
    return localStorage[this.keyName] ?? "";
  }

  set key(key) {
    localStorage[this.keyName] = key;
  }

  // -- what calls are sent with ------------------------------------------------------------------

  /** The headers of a call. @param {Pick<Row, "caller" | "key">} row */
  async fields({ caller, key }) {
    const fields = key ? { "X-Api-Key": this.key } : {};
    if (caller !== "person") return fields;
    if (!this.isFresh) await this.refresh();
    return { ...fields, Authorization: `Bearer ${this.#access}` };
  }

  /** Whether there is a token that calls. */
  get isFresh() {
    return Date.now() < this.#ends;
  }

  /** Whether a call that was refused may succeed with another token. @param {Row} row */
  async renewed({ caller }) {
    if (caller === "person") await this.refresh();
    return caller === "person";
  }

  /** What a call says that is refused for good. @param {Row} row */
  refused({ caller, key }, status) {
    if (status === 401 && caller === "person") this.#end();
    if (status === 403 && key) {
      this.key = "";
      this.dispatchEvent(new Event("change"));
    }
  }

  // -- signing in and out ------------------------------------------------------------------------

  /** Goes to the provider; `returned` is where it goes on. */
  async signIn() {
    if (!crypto.subtle) {
      const detail = `Open it at http://localhost:${location.port}/ on the machine that serves it, or with https.`;
      throw new Problem({ title: "Nobody can sign in to a page at this address", detail });
    }
    const { authorization_endpoint: target } = await this.#discover();
    const [verifier, state] = [random(), random()];
    sessionStorage[WAY] = JSON.stringify({ verifier, state, back: location.href });
    const challenge = text(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier)));
    leave(target, {
      response_type: "code", client_id: client, redirect_uri: HOME, scope: ["openid", ...this.scopes].join(" "),
      state, code_challenge: challenge, code_challenge_method: "S256",
    });
  }

  /** Comes back from the provider, if this page is on its way there; to the page where it began. */
  async returned() {
    const query = new URLSearchParams(location.search);
    const way = read(WAY);
    if (!way || query.get("state") !== way.state) return;
    delete sessionStorage[WAY];
    const isHere = new URL(way.back).pathname === location.pathname;
    history.replaceState(null, "", isHere ? way.back : HOME);
    const code = query.get("code");
    if (!code) throw new Problem({ title: "Nobody signed in", detail: query.get("error_description") ?? "Try again.", status: 401 });
    await this.#ask({ grant_type: "authorization_code", code, redirect_uri: HOME, code_verifier: way.verifier });
    if (!isHere) await gone(way.back);
  }

  /** Ends the session in every tab, and what this device keeps of the person. */
  async signOut() {
    const { sub, refresh } = this.person ?? {};
    /** @type {Record<string, string>} */
    const told = await this.#discover().catch(() => ({}));
    const body = new URLSearchParams({ token: refresh ?? "", client_id: client });
    if (told.revocation_endpoint) await fetch(told.revocation_endpoint, { method: "POST", body }).catch(() => {});
    this.#tabs.postMessage(sub);
    const end = told.end_session_endpoint;
    if (logout) await this.#leave(logout, { client_id: client, logout_uri: HOME });
    else if (end) await this.#leave(end, { client_id: client, post_logout_redirect_uri: HOME, id_token_hint: this.#hint });
    else await this.#leave(HOME);
  }

  async #leave(target, query = {}) {
    const { person } = this;
    await this.leaving();
    delete sessionStorage[SESSION];
    if (person) await forget(person.sub);
    leave(target, query);
  }

  // -- tokens ------------------------------------------------------------------------------------

  /** A token that calls, and one refresh at a time. Fails with a problem if there is none to be had. */
  refresh() {
    this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  async #refresh() {
    const { refresh } = this.person ?? {};
    if (!refresh) throw this.#end();
    await this.#ask({ grant_type: "refresh_token", refresh_token: refresh });
  }

  /** What a provider that cannot be asked hides, its refusal too: then it is asked once more, and so is this site. */
  async #ask(form) {
    const { token_endpoint: target } = await this.#discover();
    const body = new URLSearchParams({ client_id: client, ...form });
    const ask = () => fetch(target, { method: "POST", body }).catch(() => undefined);
    const response = (await ask()) ?? (await ask());
    if (response?.ok) return this.#take(await response.json());
    if (!response && !(await isReachable())) {
      connection.offline = true;
      throw new Problem({ title: "The service cannot be reached", detail: "Check your connection." });
    }
    if (Number(response?.status) >= 500) throw new Problem({ title: "Signing in does not work at the moment", detail: "It will be tried again.", status: 503 });
    throw this.#end();
  }

  #take({ access_token, refresh_token, id_token, expires_in }) {
    const { sub, email, name, "cognito:username": username } = id_token ? claims(id_token) : {};
    const known = { ...this.person, ...(sub && { sub, name: email ?? name ?? username ?? sub }), ...(refresh_token && { refresh: refresh_token }) };
    sessionStorage[SESSION] = JSON.stringify(known);
    this.#access = access_token;
    this.#hint = id_token ?? this.#hint;
    this.#ends = Date.now() + expires_in * 1000;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ahead(), Math.max(expires_in * 1000 - AHEAD_MS, expires_in * 500));
    connection.stranger = this.isOver = false;
    this.dispatchEvent(new Event("change"));
  }

  #ahead() {
    if (this.person?.refresh && Date.now() > this.#ends - AHEAD_MS) this.refresh().catch(() => {});
  }

  /** Who it was stays known to this page, so that nothing typed goes to anybody else. */
  #end() {
    const { person } = this;
    if (person) sessionStorage[SESSION] = JSON.stringify({ ...person, refresh: undefined });
    this.#ends = 0;
    this.isOver = connection.stranger = true;
    this.dispatchEvent(new Event("change"));
    return new Problem({ title: "You are signed out", detail: "Sign in to continue.", status: 401 });
  }

  #discover() {
    this.#told ??= readFile(discovery).catch((problem) => {
      this.#told = undefined;
      throw problem;
    });
    return this.#told;
  }
}

/** Not by way of a file of the page, which the service worker may answer. */
const isReachable = () => fetch(new URL("docs/", HOME), { method: "HEAD", cache: "no-store" }).then(({ ok }) => ok, () => false);

/** @returns {any} */
function read(name) {
  const kept = sessionStorage[name];
  return kept && JSON.parse(kept);
}

/** In the place of this page: Back would lead to a form that is spent. */
function leave(target, query = {}) {
  const address = new URL(target, HOME);
  for (const [name, value] of Object.entries(query)) if (value) address.searchParams.set(name, value);
  return gone(address.href);
}

/** Never comes back. */
function gone(address) {
  location.replace(address);
  return new Promise(() => {});
}

/** Takes away what this device keeps of a person, of every collection: `page.js` names it. */
async function forget(person) {
  const isTheirs = (name) => /^page \[.*\]/.test(name) && JSON.parse(name.slice(5, name.lastIndexOf("]") + 1))[3] === person;
  for (const name of Object.keys(localStorage).filter(isTheirs)) delete localStorage[name];
  const names = ((await indexedDB.databases?.()) ?? []).map(({ name = "" }) => name);
  await Promise.all(names.filter(isTheirs).map(deleted));
}

const deleted = (name) => new Promise((resolve) => {
  const deletion = indexedDB.deleteDatabase(name);
  deletion.onsuccess = deletion.onerror = resolve;
});

/** @param {ArrayBuffer | Uint8Array} bytes */
const text = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

const random = () => text(crypto.getRandomValues(new Uint8Array(32)));

/** What a token says; it comes from the provider itself (OpenID Connect Core 1.0, 3.1.3.7). */
function claims(token) {
  const bytes = Uint8Array.from(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")), (each) => each.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}
