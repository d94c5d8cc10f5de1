// Elements as Playwright's locators name them: `find(steps)` answers all that they lead to.
const ROLES = {
  alert: "[role=alert]",
  button: "button",
  checkbox: "input[type=checkbox]",
  dialog: "dialog",
  group: "[role=group]",
  heading: "h1, h2, h3",
  link: "a[href]",
  navigation: "nav",
  status: "[role=status]",
  switch: "[role=switch]",
};

const plain = (text) => (text ?? "").replace(/\s+/g, " ").trim();
const isSeen = (at) => at.checkVisibility({ visibilityProperty: true });
const fits = (text, wanted, exact) =>
  exact ? plain(text) === plain(wanted) : plain(text).toLowerCase().includes(plain(wanted).toLowerCase());

/** The accessible name, as far as the page's elements get theirs (accname 1.2). */
function nameOf(at) {
  const by = at.getAttribute("aria-labelledby");
  return plain(at.ariaLabel ?? (by ? document.getElementById(by).textContent : at.labels?.[0]?.textContent ?? at.textContent));
}

const descriptionOf = (at) =>
  plain((at.getAttribute("aria-describedby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent).join(" "));

const STEPS = {
  css: (around, selector) => [...around.querySelectorAll(selector.replace(/^(?=>)/, ":scope "))],
  role: (around, role, name, exact, checked) => [...around.querySelectorAll(ROLES[role])].filter((at) =>
    isSeen(at) && (name === null || fits(nameOf(at), name, exact)) && (checked === null || at.checked === checked)),
  label: (around, text, exact) => [...around.querySelectorAll("*")].filter((at) =>
    (at.labels?.length || at.ariaLabel) && fits(nameOf(at), text, exact)),
  text: (around, text, exact) => [...around.querySelectorAll("body *:not(script, style, template)")].filter((at) =>
    fits(at.textContent, text, exact) && ![...at.children].some((child) => fits(child.textContent, text, exact))),
};

function find(steps) {
  let found = [document];
  for (const [step, ...rest] of steps) {
    if (step === "has") found = found.filter((at) => rest[0].every((inner) => STEPS[inner[0]](at, ...inner.slice(1)).length));
    else if (step === "nth") found = found.slice(rest[0]).slice(0, 1);
    else found = [...new Set(found.flatMap((around) => STEPS[step](around, ...rest)))];
  }
  return found;
}
