// Jumps between the matches of a document without loading the page again, as the links would.

const marks = document.querySelectorAll("mark.highlight[id]");
const links = { n: document.getElementById("next-mark"), p: document.getElementById("previous-mark") };
const number = document.getElementById("mark-number");

// Past the last match of this part, a link leads to another part that has matches, if there is one.
function point(link, to) {
  const here = to >= 1 && to <= marks.length;
  const address = here ? placeOf(to) : link.dataset.beyond;
  link.setAttribute("aria-disabled", !address);
  if (address) link.href = address;
  else link.removeAttribute("href");
}

function placeOf(mark) {
  const address = new URL(location.href);
  address.searchParams.set("mark", mark);
  address.hash = `m${mark}`;
  return address.href;
}

function isBeyond(link) {
  return link.getAttribute("href") === link.dataset.beyond;
}

function jump(link) {
  const to = Number(link.hash.slice(2));
  history.replaceState(null, "", link.href.split("#")[0]);
  // Unlike replaceState, this scrolls to the match and makes it the :target of the style sheet.
  location.replace(link.hash);
  number.textContent = `${to} of`;
  point(links.p, to - 1);
  point(links.n, to + 1);
}

function follow(link) {
  if (isBeyond(link)) location.assign(link.href);
  else jump(link);
}

for (const link of Object.values(links)) {
  link?.addEventListener("click", (event) => {
    if (link.hash && isBeyond(link)) return;
    event.preventDefault();
    if (link.hash) jump(link);
  });
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input")) return;
  if (links[event.key]?.hash) follow(links[event.key]);
});
