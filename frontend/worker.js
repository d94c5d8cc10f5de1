/** The page without a network: its own files, all of one version, and never what the API answers. */

/** The pages that came from here, whose further files have to come from here, too. @type {Set<string>} */
const kept = new Set();

/** @type {any} */
const worker = self;

worker.oninstall = (event) => event.waitUntil(keep().then(() => worker.skipWaiting()));

worker.onactivate = (event) => event.waitUntil(forget().then(() => worker.clients.claim()));

worker.onfetch = (event) => {
  const { request } = event;
  const name = nameOf(request.url);
  if (request.method !== "GET" || !FILES.includes(name)) return;
  if (request.mode === "navigate" || kept.has(event.clientId)) event.respondWith(answer(event, name));
};

/** All or nothing: where another deployment has changed a file meanwhile, the digest of all of them is another. */
async function keep() {
  const found = await Promise.all(FILES.map((name) => fetch(name, { cache: "no-cache" })));
  const bodies = await Promise.all(found.map((response) => response.clone().arrayBuffer()));
  const digests = await Promise.all(bodies.map((body) => crypto.subtle.digest("SHA-256", body)));
  const digest = await crypto.subtle.digest("SHA-256", await new Blob(digests).arrayBuffer());
  if (VERSION !== btoa(String.fromCharCode(...new Uint8Array(digest)))) throw new Error("The page has changed meanwhile.");
  const cache = await caches.open(VERSION);
  await Promise.all(FILES.map((name, index) => cache.put(name, found[index])));
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
