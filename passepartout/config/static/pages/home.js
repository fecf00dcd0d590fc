// The page behind the door: finds the session again, then fills the frame.

import { leave, signOut } from "./session.js";
import { json } from "./api.js";
import { takeQuestions } from "./ask.js";
import { download, load } from "./documents.js";
import { connect } from "./live.js";
import { forgetOrganization, showOrganization } from "./organizations.js";
import { Problem, panel } from "./problems.js";
import { takeFiles } from "./uploads.js";
import { prepareViewer } from "./viewer.js";

const alarm = document.getElementById("alarm");

// Shows what went wrong on top of the page, with a way to try again.
async function attempt(work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.code === "organization_forbidden" && forgetOrganization()) location.reload();
    else if (error.status === 401 || error.status === 403) await leave();
    alarm.replaceChildren(panel(error, { retry: () => attempt(work) }));
  }
}

async function start() {
  const me = await json("me/");
  const { abilities } = me;
  showOrganization(document.getElementById("organization"), me);
  document.getElementById("drop").hidden = !abilities.documents?.includes("write");
  document.getElementById("ask").hidden = !abilities.ask?.includes("use");
  if (abilities.documents?.includes("write")) takeFiles();
  prepareViewer({ download });
  await Promise.all([load(), takeQuestions()]);
  connect();
}

document.getElementById("sign-out").addEventListener("click", () => attempt(signOut));
attempt(start);
