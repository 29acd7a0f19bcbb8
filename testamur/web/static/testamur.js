// What the pages do beyond HTML. Every page works without it.
import { initAll } from "./vendor/govuk-frontend-6.6.0.min.js";

const size = (bytes) => {
  const units = ["bytes", "kB", "MB", "GB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) { value /= 1000; unit += 1; }
  return `${unit && value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
};

const line = (file) => {
  const item = document.createElement("li");
  item.className = "t-drop__file";
  const name = document.createElement("span");
  name.textContent = file.name;
  const bytes = document.createElement("span");
  bytes.className = "t-drop__size";
  bytes.textContent = size(file.size);
  item.append(name, bytes);
  return item;
};

// A zone takes dropped files on behalf of its plain file input.
const dropInto = (zone, input) => {
  let depth = 0;
  const mark = (change) => {
    depth = Math.max(0, depth + change);
    zone.classList.toggle("t-drop--over", depth > 0);
  };
  zone.addEventListener("dragenter", (event) => { event.preventDefault(); mark(1); });
  zone.addEventListener("dragleave", () => mark(-1));
  zone.addEventListener("dragover", (event) => event.preventDefault());
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    depth = 0;
    mark(0);
    const files = [...event.dataTransfer.files];
    if (!files.length) return;
    const chosen = new DataTransfer();
    (input.multiple ? files : files.slice(0, 1)).forEach((file) => chosen.items.add(file));
    input.files = chosen.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
};

const enhanceDrop = (zone) => {
  const input = zone.querySelector("input[type=file]");
  const names = zone.querySelector(".t-drop__names");
  const invite = zone.querySelector(".t-drop__invite");
  if (invite) invite.hidden = false;
  const show = () => {
    const files = [...input.files];
    names.replaceChildren(...files.slice(0, 20).map(line));
    if (files.length > 1) {
      const total = document.createElement("li");
      total.className = "t-drop__file";
      const bytes = files.reduce((sum, file) => sum + file.size, 0);
      total.textContent = `${files.length} files, ${size(bytes)} in all`;
      names.append(total);
    }
  };
  input.addEventListener("change", show);
  dropInto(zone, input);
};

const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

// The fingerprint of a document is worked out here; the document is never sent.
const enhanceHash = (zone) => {
  const input = zone.querySelector("input[type=file]");
  const field = zone.querySelector("input[type=hidden]");
  const said = zone.querySelector("[role=status]");
  const form = zone.closest("form");
  input.addEventListener("change", async () => {
    const file = input.files[0];
    if (!file) return;
    if (!globalThis.crypto?.subtle) {
      said.textContent = "This browser cannot work out fingerprints here. Use the number on the document.";
      return;
    }
    said.textContent = "Working out the fingerprint…";
    field.value = hex(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
    said.textContent = "Looking up the fingerprint…";
    form.requestSubmit();
  });
  dropInto(zone, input);
};

// A form with data-testamur="upload" shows how much of its files has been sent.
const enhanceUpload = (form) => {
  form.addEventListener("submit", (event) => {
    const files = [...form.querySelectorAll("input[type=file]")].flatMap((input) => [...input.files]);
    if (!files.length) return;
    event.preventDefault();
    const box = document.createElement("div");
    box.className = "t-progress t-sending";
    box.setAttribute("role", "status");
    const words = document.createElement("p");
    words.className = "t-progress__label";
    const bar = document.createElement("progress");
    bar.className = "t-progress__bar";
    bar.max = 100;
    bar.setAttribute("aria-label", "Sending your files");
    box.append(words, bar);
    form.after(box);
    const buttons = [...form.querySelectorAll("button")];
    buttons.forEach((button) => { button.disabled = true; });
    const request = new XMLHttpRequest();
    request.open("POST", form.action || location.href);
    request.upload.addEventListener("progress", (sent) => {
      bar.value = sent.total ? (100 * sent.loaded) / sent.total : 0;
      words.textContent = `Sending: ${size(sent.loaded)} of ${size(sent.total)}. Keep this page open.`;
    });
    request.upload.addEventListener("load", () => { words.textContent = "Sent. The register is storing your files…"; });
    request.addEventListener("load", () => arrive(request));
    request.addEventListener("error", () => {
      words.textContent = "The connection broke before the files had arrived. Nothing was kept. Send them again.";
      buttons.forEach((button) => { button.disabled = false; });
    });
    request.send(new FormData(form, event.submitter));
  });
};

// A redirect is followed; a page with errors is shown in place.
const arrive = (request) => {
  if (request.status < 400 && request.responseURL && request.responseURL !== location.href.split("#")[0]) {
    location.assign(request.responseURL);
    return;
  }
  const page = new DOMParser().parseFromString(request.responseText, "text/html");
  document.title = page.title;
  document.querySelector("main").replaceWith(page.querySelector("main"));
  start(document.querySelector("main"));
};

const enhanceCopy = (part) => {
  const button = part.querySelector("button");
  const said = part.querySelector("[role=status]");
  if (!navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(part.querySelector("code").textContent);
    said.textContent = "Copied";
  });
};

// The account menu closes on Escape and when the reader goes elsewhere.
const enhanceMenu = (menu) => {
  document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
};

const enhancers = { drop: enhanceDrop, hash: enhanceHash, upload: enhanceUpload, copy: enhanceCopy, menu: enhanceMenu };

const start = (root) => {
  initAll({ scope: root });
  root.querySelectorAll("[data-testamur]").forEach((part) => enhancers[part.dataset.testamur]?.(part));
};

// The key "/" moves to the page's search box.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  const box = document.querySelector("[data-testamur=slash], input[type=search]");
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || typing || !box) return;
  event.preventDefault();
  box.focus();
});

document.addEventListener("htmx:after:swap", (event) => {
  const target = event.target instanceof Element ? event.target : document;
  target.querySelectorAll("[data-testamur=copy] button[hidden]").forEach((button) => enhanceCopy(button.parentElement));
});

start(document);
