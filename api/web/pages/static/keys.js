// "/" moves to the search box, the arrows from hit to hit, and Escape back.

const box = document.getElementById("q");

// Each returns whether it did something. If not, the browser handles the key as usual.
const actions = {
  "/": () => {
    if (isField(document.activeElement)) return false;
    box.focus();
    box.select();
    return true;
  },
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
  Escape: () => {
    if (document.activeElement !== box) box.focus();
    else if (box.value) empty();
    else box.blur();
    return true;
  },
};

function move(step) {
  const stops = [box, ...document.querySelectorAll(".hit .title")];
  const from = stops.indexOf(document.activeElement);
  if (from < 0 || !stops[from + step]) return false;
  stops[from + step].focus();
  return true;
}

function empty() {
  box.value = "";
  box.dispatchEvent(new Event("input", { bubbles: true }));
}

function isField(element) {
  return element.matches("input:not([type=radio], [type=checkbox]), textarea, select");
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.defaultPrevented) return;
  if (actions[event.key]?.()) event.preventDefault();
});
