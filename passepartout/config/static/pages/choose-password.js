import { done, serve } from "./forms.js";
import { post } from "./session.js";

const form = document.getElementById("form");
const { ident, token } = form.dataset;

serve(form, async ({ password }) => {
  await post("password/reset/confirm/", { ident, token, password });
  done(form, document.getElementById("done"));
});
