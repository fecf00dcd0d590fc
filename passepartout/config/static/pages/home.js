// The page behind the door: finds the session again, then fills the frame.

import { accessToken, current, leave, signOut } from "./session.js";
import { takeQuestions } from "./ask.js";
import { download, load } from "./documents.js";
import { connect } from "./live.js";
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
    if (error.status === 401 || error.status === 403) await leave();
    alarm.replaceChildren(panel(error, { retry: () => attempt(work) }));
  }
}

async function start() {
  await accessToken();
  const { organization, abilities } = current();
  document.getElementById("organization").textContent = organization.name;
  document.getElementById("drop").hidden = !abilities.documents?.includes("write");
  document.getElementById("ask").hidden = !abilities.ask?.includes("use");
  if (abilities.documents?.includes("write")) takeFiles();
  prepareViewer({ download });
  await Promise.all([load(), takeQuestions()]);
  connect();
}

document.getElementById("sign-out").addEventListener("click", () => attempt(signOut));
attempt(start);
