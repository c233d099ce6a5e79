// Buttons that copy the text below them.

const TOLD_MS = 1500;

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Browsers deny the clipboard to pages that come over plain HTTP from another machine.
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

addEventListener("click", async (event) => {
  const button = event.target.closest("button.copy");
  if (!button) return;
  await copy(button.parentElement.querySelector("pre").textContent);
  const label = button.innerHTML;
  button.textContent = "Copied";
  setTimeout(() => (button.innerHTML = label), TOLD_MS);
});
