// Asks openapi-diff (npm, 0.24.1) of each seeded change whether it breaks clients.
// A list of {name, old, new} comes in by standard input, {name: true or false} goes out.

const { readFileSync } = require("fs");
const { diffSpecs } = require("openapi-diff");

const spec = (content) => ({
  content: JSON.stringify(content),
  location: "openapi.json",
  format: "openapi3",
});

(async () => {
  const judged = {};
  for (const { name, old, new: changed } of JSON.parse(readFileSync(0))) {
    const found = await diffSpecs({ sourceSpec: spec(old), destinationSpec: spec(changed) });
    judged[name] = found.breakingDifferencesFound;
  }
  const lines = Object.entries(judged).map(([name, breaks]) => ` ${JSON.stringify(name)}: ${breaks}`);
  console.log(`{\n${lines.join(",\n")}\n}`);
})();
