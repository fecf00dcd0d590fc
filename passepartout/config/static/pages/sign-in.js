import { serve } from "./forms.js";
import { signIn } from "./session.js";

serve(document.getElementById("form"), async ({ email, password }) => {
  await signIn(email, password);
  location.replace(destination());
});

// Only a place on this site: an address from outside could imitate it.
function destination() {
  const wanted = new URL(new URLSearchParams(location.search).get("next") ?? "/", location.origin);
  return wanted.origin === location.origin && !wanted.pathname.startsWith("/login/") ? wanted.pathname + wanted.search : "/";
}
