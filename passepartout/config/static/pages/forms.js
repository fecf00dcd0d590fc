// One form: busy while it works, errors beside their fields, the rest on top.

import { el } from "./elements.js";
import { Problem, panel } from "./problems.js";

// `work` gets the form's values; what it throws is shown.
export function serve(form, work) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clear(form);
    const button = form.querySelector("[type=submit]");
    button.disabled = true;
    form.setAttribute("aria-busy", "true");
    try {
      await work(Object.fromEntries(new FormData(form)));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      show(form, error);
    } finally {
      button.disabled = false;
      form.removeAttribute("aria-busy");
    }
  });
}

for (const box of document.querySelectorAll("[data-reveals]")) {
  box.addEventListener("change", () => {
    document.getElementById(box.dataset.reveals).type = box.checked ? "text" : "password";
  });
}

export function done(form, message) {
  form.hidden = true;
  message.hidden = false;
  message.focus();
}

function clear(form) {
  form.querySelectorAll(".problem, .field-error").forEach((node) => node.remove());
  form.querySelectorAll("[aria-invalid]").forEach((input) => {
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-errormessage");
  });
}

function show(form, problem) {
  const beside = problem.errors.filter(({ field }) => form.elements[field]?.id);
  for (const { field, detail } of beside) mark(form.elements[field], problem.errors.length > 1 ? detail : problem.sentence);
  if (beside.length) {
    form.elements[beside[0].field].focus();
    return;
  }
  form.prepend(panel(problem));
  form.querySelector(".problem").scrollIntoView({ block: "nearest" });
}

function mark(input, sentence) {
  const id = `${input.id}-error`;
  input.setAttribute("aria-invalid", "true");
  input.setAttribute("aria-errormessage", id);
  input.after(el("p", { class: "field-error", id, role: "alert" }, sentence));
}
