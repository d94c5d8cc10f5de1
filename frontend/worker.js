/** The page without a network: its own files, all of one version, and never what the API answers. */

/** Names this version of all files together. */
const VERSION = Object.values(FILES).join(" ");
/** The pages that came from here, whose further files have to come from here, too. @type {Set<string>} */
const kept = new Set();

/** @type {any} */
const worker = self;

worker.oninstall = (event) => event.waitUntil(keep().then(() => worker.skipWaiting()));

worker.onactivate = (event) => event.waitUntil(forget().then(() => worker.clients.claim()));

worker.onfetch = (event) => {
  const { request } = event;
  const name = nameOf(request.url);
  if (request.method !== "GET" || !(name in FILES)) return;
  if (request.mode === "navigate" || kept.has(event.clientId)) event.respondWith(answer(event, name));
};

/** All or nothing: a file that another deployment has changed meanwhile is refused by its hash. */
async function keep() {
  const cache = await caches.open(VERSION);
  await cache.addAll(Object.keys(FILES).map((name) => new Request(name, { integrity: FILES[name], cache: "no-cache" })));
}

async function forget() {
  for (const name of await caches.keys()) if (name !== VERSION) await caches.delete(name);
}

/** A page from the network, and only if that fails from here; what it needs from where the page came. */
async function answer(event, name) {
  const response = kept.has(event.clientId) ? undefined : await fetch(event.request).catch(() => undefined);
  if (response) return response;
  kept.add(event.resultingClientId || event.clientId);
  const cache = await caches.open(VERSION);
  return (await cache.match(name)) ?? Response.error();
}

/** A path below this worker's own folder; whatever is asked for behind `?` is up to the page. */
function nameOf(url) {
  const folder = new URL("./", location.href).href;
  const bare = url.split(/[?#]/)[0];
  return bare === folder ? "./" : bare.startsWith(folder) ? bare.slice(folder.length) : "";
}
