// In which organization this page works, for whoever belongs to several: the browser remembers, every call says it.

import { el } from "./elements.js";
import { t } from "./texts.js";

const CHOSEN = "passepartout.organization";
const chosen = localStorage.getItem(CHOSEN); // read once: what another tab chooses is not what this page shows

export const organizationHeader = chosen ? { "X-Organization": chosen } : {};

// `me` is the answer of /me/. One organization is a name, several are a choice.
export function showOrganization(place, me) {
  const several = me.memberships.length > 1;
  place.replaceChildren(several ? choice(me) : me.organization.name);
}

// True when a choice was remembered: of an organization that this person no longer belongs to, or that another chose here.
export function forgetOrganization() {
  if (!chosen) return false;
  localStorage.removeItem(CHOSEN);
  return true;
}

function choice({ organization, memberships }) {
  const options = memberships.map(({ organization: { id, name } }) =>
    el("option", { value: id, selected: id === organization.id }, name));
  return el("select", { "aria-label": t("organization"), onchange: (event) => choose(event.target.value) }, options);
}

function choose(id) {
  localStorage.setItem(CHOSEN, id);
  location.assign("/"); // without the conversation of the other one
}
