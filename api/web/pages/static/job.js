// Shows the progress of the job from the server's events. Without this script the page reloads.

const RETRY_MS = 2000;
// The server opens the new generation a moment after the job is done.
const TAKEN_UP_MS = 700;
// Screen readers announce progress only in steps of this share.
const TOLD_SHARE = 0.25;
const index = document.getElementById("index");
const announcement = document.getElementById("announcement");
// The start page: the server may be below a path of its host.
const home = new URL("..", import.meta.url).pathname;
let told = "";

function running() {
  return index.querySelector("[data-state=running]")?.dataset.job;
}

function show({ stage, done, total }) {
  const line = document.getElementById("stage");
  const bar = index.querySelector("progress");
  if (!line || !bar || !stage) return;
  const name = JSON.parse(line.dataset.stages)[stage] ?? stage;
  line.textContent = `${name}: ${done.toLocaleString("en")} of ${total.toLocaleString("en")}`;
  if (total) {
    bar.max = total;
    bar.value = done;
  }
  const step = `${stage} ${Math.floor(done / (total || 1) / TOLD_SHARE)}`;
  if (step !== told) announcement.textContent = line.textContent;
  told = step;
}

async function refresh() {
  try {
    const response = await fetch(`${home}index`);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    index.replaceChildren(...page.getElementById("index").childNodes);
  } catch {
    // A server that restarts does not answer for a while.
    setTimeout(refresh, RETRY_MS);
    return;
  }
  if (running()) follow();
  else announcement.textContent = document.getElementById("job-state")?.textContent ?? "";
}

function follow() {
  const events = new EventSource(`${home}v1/jobs/${running()}`);
  events.addEventListener("progress", (event) => show(JSON.parse(event.data)));
  events.addEventListener("done", () => {
    events.close();
    setTimeout(refresh, TAKEN_UP_MS);
  });
  events.addEventListener("error", () => {
    // In all other states the browser reconnects automatically.
    if (events.readyState === EventSource.CLOSED) setTimeout(refresh, RETRY_MS);
  });
}

// After a refused start the address is the form's, and reloading would send the form again.
history.replaceState(null, "", `${home}index`);
if (running()) follow();
