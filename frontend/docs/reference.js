import { api } from "../config.js";

const answer = await fetch("../openapi.json");
const spec = await answer.json();
document.title = `${spec.info.title}: reference`;

// Swagger UI fills forms in with examples. A cursor or a key that was never given out, sent along
// unasked, would make every first attempt a strange one.
for (const parameter of parameters(spec)) {
  if (!parameter.required) {
    delete parameter.example;
    parameter.schema = { ...resolved(parameter.schema), example: undefined };
  }
}

SwaggerUIBundle({
  spec: { ...spec, servers: [{ url: api || new URL("..", location.href).href }] },
  domNode: document.getElementById("reference"),
  deepLinking: true,
  tryItOutEnabled: true,
  validatorUrl: null,
});

function parameters({ paths, components }) {
  const operations = Object.values(paths).flatMap((path) => Object.values(path));
  const all = operations.flatMap((operation) => operation.parameters ?? []);
  return [...all, ...Object.values(components?.parameters ?? {})].filter(({ schema }) => schema);
}

function resolved(schema) {
  const keys = schema.$ref?.split("/").slice(1) ?? [];
  return keys.length ? keys.reduce((node, key) => node[key], spec) : schema;
}
