import { done, serve } from "./forms.js";
import { post } from "./session.js";

const form = document.getElementById("form");

serve(form, async ({ email }) => {
  await post("password/reset/", { email });
  done(form, document.getElementById("done"));
});
