// Shows suggestions while typing: the search box becomes a combobox with a listbox. Without this
// script it is a plain search box. https://www.w3.org/WAI/ARIA/apg/patterns/combobox/

const DELAY_MS = 40;
const FILTERS = ["path", "type", "modified_after", "modified_before"];
// Nobody types as much: a pasted text is not completed.
const LONGEST = 1000;
// The start page: the server may be below a path of its host.
const home = new URL("..", import.meta.url).pathname;
const box = document.getElementById("q");
const list = document.createElement("ul");
let timer = 0;
let running = new AbortController();
let active = -1;

function attributes(element, values) {
  for (const [name, value] of Object.entries(values)) element.setAttribute(name, value);
}

// The active option is only referenced. The focus and the typed text stay in the box.
function activate(index) {
  list.children[active]?.setAttribute("aria-selected", false);
  active = index;
  const option = list.children[active];
  if (!option) return box.removeAttribute("aria-activedescendant");
  attributes(option, { "aria-selected": true });
  attributes(box, { "aria-activedescendant": option.id });
  option.scrollIntoView({ block: "nearest" });
}

function cancel() {
  clearTimeout(timer);
  running.abort();
}

function close() {
  cancel();
  activate(-1);
  list.hidden = true;
  attributes(box, { "aria-expanded": false });
}

function option({ text, kind }, index, typed) {
  const item = document.createElement("li");
  attributes(item, { id: `suggestion-${index}`, role: "option", "aria-selected": false });
  const shown = document.createElement("span");
  shown.dir = "auto";
  const kept = text.toLowerCase().startsWith(typed.toLowerCase()) ? typed.length : 0;
  const added = document.createElement("b");
  added.textContent = text.slice(kept);
  shown.append(text.slice(0, kept), kept ? added : added.textContent);
  item.append(shown);
  if (kind === "title") {
    const label = document.createElement("span");
    label.className = "kind";
    label.textContent = "title";
    item.append(" ", label);
  }
  item.dataset.text = text;
  return item;
}

function show(suggestions, typed) {
  if (!suggestions.length) return close();
  activate(-1);
  list.replaceChildren(...suggestions.map((each, index) => option(each, index, typed)));
  list.hidden = false;
  attributes(box, { "aria-expanded": true });
}

// Suggestions find something under the filters that are set in the form, if it has any.
function request(typed) {
  const asked = new URLSearchParams({ q: typed });
  for (const [name, value] of new FormData(box.form)) {
    if (FILTERS.includes(name) && value.trim()) asked.append(name, value);
  }
  return `${home}v1/suggest?${asked}`;
}

async function ask() {
  running = new AbortController();
  const { signal } = running;
  const typed = box.value;
  try {
    const response = await fetch(request(typed), { signal });
    const { suggestions } = response.ok ? await response.json() : { suggestions: [] };
    if (!signal.aborted) show(suggestions, typed);
  } catch {
    if (!signal.aborted) close();
  }
}

// The old suggestions stay until the new ones arrive, so that nothing flickers.
function refresh() {
  cancel();
  const atEnd = box.selectionEnd === box.value.length;
  if (!atEnd || !box.value.trim() || box.value.length > LONGEST) return close();
  timer = setTimeout(ask, DELAY_MS);
}

function choose(item) {
  box.value = item.dataset.text;
  close();
  box.form.requestSubmit();
}

// Moves from the box through the options and back to the box.
function move(step) {
  cancel();
  const places = list.children.length + 1;
  activate(((active + 1 + step + places) % places) - 1);
}

const actions = {
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
  Enter: () => choose(list.children[active]),
  Escape: close,
};

attributes(list, { id: "suggestions", class: "suggestions", role: "listbox" });
attributes(list, { "aria-label": "Suggestions" });
list.hidden = true;
box.parentElement.append(list);
attributes(box, { role: "combobox", "aria-autocomplete": "list" });
attributes(box, { "aria-controls": list.id, "aria-expanded": false });

box.addEventListener("input", (event) => {
  if (!event.isComposing) refresh();
});
box.addEventListener("compositionend", refresh);
box.addEventListener("blur", close);
box.form.addEventListener("submit", close);
addEventListener("popstate", close);

box.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (list.hidden || (event.key === "Enter" && active < 0) || !actions[event.key]) return;
  event.preventDefault();
  actions[event.key]();
});

// A mouse press would take the focus from the box, which would close the list before the click.
list.addEventListener("mousedown", (event) => event.preventDefault());
list.addEventListener("click", (event) => {
  const item = event.target.closest("[role=option]");
  if (item) choose(item);
});
