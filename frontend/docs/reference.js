import { api } from "../config.js";

const answer = await fetch("../openapi.json");
const spec = await answer.json();
document.title = `${spec.info.title}: reference`;

SwaggerUIBundle({
  spec: { ...spec, servers: [{ url: api || new URL("..", location.href).href }] },
  domNode: document.getElementById("reference"),
  deepLinking: true,
  tryItOutEnabled: true,
  validatorUrl: null,
});
