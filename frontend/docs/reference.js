import { api, signIn } from "../config.js";

const answer = await fetch("../openapi.json");
const spec = await answer.json();
const base = api || new URL("..", location.href).href;
const { classList, style } = document.documentElement;
classList.toggle("dark-mode", style.colorScheme ? style.colorScheme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches);
document.title = `${spec.info.title}: reference`;

/** Who reads this, where people sign in: the same session as that of the page, in this tab. */
const session = signIn ? await (await import("../door.js")).beside(document.body.firstElementChild) : undefined;
/** Signing in is a page's own affair here; of a signature by AWS Swagger UI knows nothing. */
const hidden = ["openIdConnect", "oauth2", "http"];
const schemes = Object.entries(spec.components?.securitySchemes ?? {}).filter(([, { type }]) => !session || !hidden.includes(type));

SwaggerUIBundle({
  spec: { ...spec, components: { ...spec.components, securitySchemes: Object.fromEntries(schemes) }, servers: [{ url: base }] },
  domNode: document.getElementById("reference"),
  deepLinking: true,
  tryItOutEnabled: true,
  validatorUrl: null,
  requestInterceptor: async (request) => {
    if (session?.person && new URL(request.url).href.startsWith(new URL(base, location.href).href)) {
      Object.assign(request.headers, await session.fields({ caller: "person" }));
    }
    return request;
  },
});
