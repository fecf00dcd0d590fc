import { serve } from "./forms.js";
import { post, signIn } from "./session.js";
import { language } from "./texts.js";

const form = document.getElementById("form");
const { token } = form.dataset;

serve(form, async ({ email, password, organization, kind }) => {
  await post("first-owner/", { token, email, password, organization, kind, locale: language });
  await signIn(email, password);
  location.replace("/");
});
