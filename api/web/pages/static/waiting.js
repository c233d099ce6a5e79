// Reloads the page when what it waits for is over: a build, or the loading of a model.

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
      // The user may have typed meanwhile, and the page may already show another answer.
      if (awaited(document) === shown && awaited(page) !== shown) location.reload();
    } catch {
      // A server that restarts does not answer for a while.
    }
  }
  setTimeout(look, PAUSE_MS);
}

setTimeout(look, PAUSE_MS);
