// Building the page: text is always text, never markup.

const SVG = "http://www.w3.org/2000/svg";

// el("button", { class: "quiet", onclick: f, "aria-label": "…" }, "text", child, …)
export function el(name, attributes = {}, ...children) {
  return furnish(document.createElement(name), attributes, children);
}

export function svg(name, attributes = {}, ...children) {
  return furnish(document.createElementNS(SVG, name), attributes, children);
}

function furnish(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  return fill(node, ...children);
}

// Puts `children` in place of what `node` holds; what is absent is left out.
export function fill(node, ...children) {
  node.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const PATHS = {
  again: "M20 11a8 8 0 1 0-2.300 6.300M20 5v6h-6",
  close: "M6 6l12 12M18 6 6 18",
  document: "M7 3h7l5 5v13H7zM14 3v5h5",
  download: "M12 4v11m-5-5 5 5 5-5M5 20h14",
  left: "M15 5l-7 7 7 7",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  question: "M9 9.200a3 3 0 1 1 4.500 2.600c-1 .6-1.500 1.200-1.500 2.400M12 17.500h.01M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z",
  right: "M9 5l7 7-7 7",
  warning: "M12 9v4m0 3.500h.01M12 4 2.800 20h18.400z",
  zoom: "M11 5a6 6 0 1 0 0 12 6 6 0 0 0 0-12zm4.500 10.500L20 20M11 8.500v5M8.500 11h5",
};

export function icon(name) {
  return svg("svg", { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" }, svg("path", { d: PATHS[name] }));
}
