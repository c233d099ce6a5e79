// Jumps between the matches of a document in place; without this script the links load the page.

const marks = document.querySelectorAll("mark.highlight[id]");
const links = { n: document.getElementById("next-mark"), p: document.getElementById("previous-mark") };
const number = document.getElementById("mark-number");

function point(link, to) {
  const leads = to >= 1 && to <= marks.length;
  link.setAttribute("aria-disabled", !leads);
  if (!leads) {
    link.removeAttribute("href");
    return;
  }
  const address = new URL(location.href);
  address.searchParams.set("mark", to);
  address.hash = `m${to}`;
  link.href = address.href;
}

function jump(link) {
  const to = Number(link.hash.slice(2));
  history.replaceState(null, "", link.href.split("#")[0]);
  // Unlike replaceState this scrolls there and makes the match the :target of the style sheet.
  location.replace(link.hash);
  number.textContent = `${to} of`;
  point(links.p, to - 1);
  point(links.n, to + 1);
}

for (const link of Object.values(links)) {
  link?.addEventListener("click", (event) => {
    event.preventDefault();
    if (link.hash) jump(link);
  });
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input")) return;
  if (links[event.key]?.hash) jump(links[event.key]);
});
