// The page's sentences, in its language, as the server wrote them into it.

const texts = JSON.parse(document.getElementById("texts").textContent);
export const language = document.documentElement.lang;
const plural = new Intl.PluralRules(language);

function find(key) {
  return key.split(".").reduce((branch, name) => branch?.[name], texts);
}

export const known = (key) => typeof find(key) === "string";

// t("status.indexed"), t("documents.pages", { n: 3 }): {n} also chooses between one and other.
export function t(key, values = {}) {
  const found = find(key);
  const text = typeof found === "string" ? found : (found?.[plural.select(values.n)] ?? found?.other);
  if (text === undefined) throw new Error(`No text ${key}`);
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

export const percent = (share) => new Intl.NumberFormat(language, { style: "percent" }).format(share);

export function size(bytes) {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), 3);
  const options = { style: "unit", unit: units[power], unitDisplay: power ? "short" : "long", maximumFractionDigits: 1 };
  return new Intl.NumberFormat(language, options).format(bytes / 1000 ** power);
}

const STEPS = [["day", 86400], ["hour", 3600], ["minute", 60]];
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
const absolute = new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "short" });

export function ago(moment) {
  const seconds = (Date.now() - moment) / 1000;
  const [unit, length] = STEPS.find(([, least]) => seconds >= least) ?? ["second", Infinity];
  return relative.format(-Math.floor(seconds / length), unit);
}

export const exactly = (moment) => absolute.format(moment);
