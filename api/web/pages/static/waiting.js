// Loads the page again once what it waits for is over: a build, or a model that loads.

const PAUSE_MS = 2000;

function awaited(page) {
  return page.querySelector("[data-awaited]")?.dataset.awaited;
}

async function look() {
  const shown = awaited(document);
  if (shown) {
    try {
      const response = await fetch(location.href);
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      // What was typed meanwhile may already have led to another answer.
      if (awaited(document) === shown && awaited(page) !== shown) location.reload();
    } catch {
      // A server that starts anew does not answer for a while.
    }
  }
  setTimeout(look, PAUSE_MS);
}

setTimeout(look, PAUSE_MS);
