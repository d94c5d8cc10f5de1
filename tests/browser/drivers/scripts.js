// How a document calls the test: what it has to say of itself, and the functions that a test exposes.
const testCall = (...call) => navigator.sendBeacon("PATH", JSON.stringify(call));

for (const level of ["debug", "error", "info", "log", "warn"]) {
  const own = console[level];
  console[level] = (...values) => {
    testCall("console", values.map(String).join(" "));
    own.apply(console, values);
  };
}
addEventListener("error", ({ message }) => testCall("weberror", message));
addEventListener("unhandledrejection", ({ reason }) => testCall("weberror", String(reason)));
addEventListener("securitypolicyviolation", ({ violatedDirective }) => testCall("console", `The policy stops it: ${violatedDirective}`));
