// Shows how far the job is as the server tells it. Without this script the page loads itself anew.

const RETRY_MS = 2000;
// The server takes up what was published a moment after the job is done.
const TAKEN_UP_MS = 700;
// Who listens to the page is not told of every file.
const TOLD_SHARE = 0.25;
const index = document.getElementById("index");
const announcement = document.getElementById("announcement");
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
    const response = await fetch("/index");
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    index.replaceChildren(...page.getElementById("index").childNodes);
  } catch {
    // A server that starts anew does not answer for a while.
    setTimeout(refresh, RETRY_MS);
    return;
  }
  if (running()) follow();
  else announcement.textContent = document.getElementById("job-state")?.textContent ?? "";
}

function follow() {
  const events = new EventSource(`/v1/jobs/${running()}`);
  events.addEventListener("progress", (event) => show(JSON.parse(event.data)));
  events.addEventListener("done", () => {
    events.close();
    setTimeout(refresh, TAKEN_UP_MS);
  });
  events.addEventListener("error", () => {
    // Otherwise the browser connects again by itself.
    if (events.readyState === EventSource.CLOSED) setTimeout(refresh, RETRY_MS);
  });
}

// Where a start was refused, the address is that of the form: loading it again would send it again.
history.replaceState(null, "", "/index");
if (running()) follow();
