// Shows results while typing. Without this script the form works as usual.

const DELAY_MS = 120;
// The start page: the server may be below a path of its host.
const home = new URL("..", import.meta.url).pathname;
const form = document.getElementById("search");
const results = document.getElementById("results");
const announcement = document.getElementById("announcement");
let timer = 0;
let running = new AbortController();

function parameters() {
  const filled = [...new FormData(form)].filter(([, value]) => value.trim());
  return new URLSearchParams(filled);
}

function fill(search) {
  for (const field of form.elements) {
    const values = search.getAll(field.name);
    if (field.type === "radio") {
      field.checked = values.length ? values.includes(field.value) : field.defaultChecked;
    } else if (field.type === "checkbox") field.checked = values.includes(field.value);
    else if (field.name) field.value = values[0] ?? "";
  }
}

async function show(search, typing = false) {
  clearTimeout(timer);
  running.abort();
  running = new AbortController();
  results.setAttribute("aria-busy", "true");
  try {
    const fragment = `fragment=${typing ? "typing" : "1"}`;
    const response = await fetch(`${home}?${search}${search.size ? "&" : ""}${fragment}`, {
      signal: running.signal,
    });
    // Errors that have no page come as JSON.
    if (!response.headers.get("content-type").startsWith("text/html")) throw new Error();
    const facets = document.getElementById("facets")?.open;
    results.innerHTML = await response.text();
    document.getElementById("facets")?.toggleAttribute("open", facets ?? false);
    const query = search.get("q");
    document.title = query ? `${query} · Spanlight` : "Spanlight";
    announcement.textContent = (
      results.querySelector(".total") ?? results.querySelector("h1, h2")
    ).textContent;
    results.removeAttribute("aria-busy");
  } catch (error) {
    if (error.name === "AbortError") return;
    announcement.textContent = "The server does not answer.";
    results.replaceChildren(announcement.textContent);
    results.removeAttribute("aria-busy");
  }
}

// Typing a query makes one entry in the history, not one for each letter.
function visit(search, typing) {
  const address = search.size ? `${home}?${search}` : home;
  if (history.state?.typing) history.replaceState({ typing }, "", address);
  else if (address !== location.pathname + location.search) {
    history.pushState({ typing }, "", address);
  }
  show(search, typing);
}

function type() {
  clearTimeout(timer);
  timer = setTimeout(() => visit(parameters(), true), DELAY_MS);
}

form.addEventListener("input", (event) => {
  if (!event.isComposing) type();
});

form.addEventListener("compositionend", type);

form.addEventListener("submit", (event) => {
  event.preventDefault();
  visit(parameters(), false);
});

addEventListener("popstate", () => {
  const search = new URLSearchParams(location.search);
  fill(search);
  show(search);
});
