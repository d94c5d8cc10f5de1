const answer = await fetch("openapi.json");
const { info } = await answer.json();
document.title = info.title;
document.querySelector("[data-title]").textContent = info.title;
