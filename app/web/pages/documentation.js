// Code gets a button that copies it; "/" leads into the search. Without this all can be read.
const told = document.createElement("p");
told.className = "told";
told.setAttribute("role", "status");
document.body.append(told);

async function copy(text) {
  if (navigator.clipboard) {
    return navigator.clipboard.writeText(text);
  }
  // Browsers have no clipboard for pages by plain http, but still the command of old.
  const field = document.createElement("textarea");
  field.value = text;
  field.readOnly = true;
  field.className = "copied";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (!done) {
    throw new Error("not copied");
  }
}

for (const code of document.querySelectorAll("pre")) {
  const box = document.createElement("div");
  box.className = "code";
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.setAttribute("aria-label", "Copy this code");
  button.addEventListener("click", async () => {
    try {
      await copy(code.textContent.trimEnd());
      button.textContent = "Copied";
      told.textContent = "The code is in the clipboard.";
    } catch {
      button.textContent = "Not copied";
      told.textContent = "This browser lets no page copy: select the code and copy it yourself.";
    }
    setTimeout(() => {
      button.textContent = "Copy";
      told.textContent = "";
    }, 3000);
  });
  code.replaceWith(box);
  box.append(code, button);
}

const search = document.querySelector("[type=search]");
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    search.focus();
    search.select();
  }
});
