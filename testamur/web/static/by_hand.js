// Boxes for codes of courses and units offer what is known while one types; without scripts they are plain boxes with a list.
// Keys: down and up move, Enter takes, Escape closes (ARIA Authoring Practices, editable combobox with list autocomplete).
const WAIT = 200;

const enhance = (input, address) => {
  input.removeAttribute("list");
  const list = document.createElement("ul");
  list.id = `${input.id}_codes`;
  list.className = "t-codes";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.labels[0].textContent.trim());
  list.hidden = true;
  const said = document.createElement("span");
  said.className = "govuk-visually-hidden";
  said.setAttribute("role", "status");
  const box = document.createElement("div");
  box.className = "t-codes-box";
  // Moving a box takes the focus from it. Where the browser has yet to place the first focus, it does so itself: taking it here
  // would leave a complaint in the console.
  const focused = document.activeElement === input;
  input.replaceWith(box);
  box.append(input, list, said);
  if (focused) input.focus();
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-expanded", "false");
  input.setAttribute("aria-controls", list.id);

  const title = document.getElementById(input.dataset.title);
  let filled = null;
  let timer = 0;
  let asked = 0;
  const options = () => [...list.children];
  const chosen = () => list.querySelector("[aria-selected=true]");

  const close = () => {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };

  const mark = (option) => {
    options().forEach((one) => one.setAttribute("aria-selected", String(one === option)));
    input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  };

  // A title that was typed stays; one that came from here follows the code.
  const take = (option) => {
    input.value = option.dataset.code;
    if (title && (!title.value || title.value === filled)) {
      title.value = option.dataset.title;
      filled = title.value;
    }
    asked += 1;
    close();
    said.textContent = `${option.dataset.code} ${option.dataset.title}`;
  };

  const ask = async () => {
    asked += 1;
    const mine = asked;
    const typed = input.value.trim();
    if (!typed) { close(); return; }
    const query = new URLSearchParams({ kind: input.dataset.codes, q: typed });
    const answer = await fetch(`${address}?${query}`, { credentials: "same-origin", redirect: "error" }).catch(() => null);
    if (!answer?.ok || mine !== asked || document.activeElement !== input) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine !== asked) return;
    list.replaceChildren(...page.querySelectorAll("[role=option]"));
    options().forEach((option, number) => { option.id = `${list.id}_${number}`; });
    const count = list.children.length;
    list.hidden = !count;
    input.setAttribute("aria-expanded", String(Boolean(count)));
    input.removeAttribute("aria-activedescendant");
    said.textContent = count ? `${count} code${count > 1 ? "s" : ""} known. Use the arrow keys.` : "No code is known that begins so.";
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    } else if (event.key === "Enter" && !list.hidden && chosen()) {
      event.preventDefault();
      take(chosen());
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (list.hidden) { if (event.key === "ArrowDown") ask(); return; }
      event.preventDefault();
      const all = options();
      const step = event.key === "ArrowDown" ? 1 : -1;
      const from = all.indexOf(chosen());
      mark(all[from < 0 ? (step > 0 ? 0 : all.length - 1) : (from + step + all.length) % all.length]);
    }
  });
  input.addEventListener("blur", () => { clearTimeout(timer); asked += 1; close(); });
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    const option = event.target.closest("[role=option]");
    if (option) take(option);
  });
};

document.querySelectorAll("form[data-codes-url]").forEach((form) => {
  form.querySelectorAll("input[data-codes]").forEach((input) => enhance(input, form.dataset.codesUrl));
});
