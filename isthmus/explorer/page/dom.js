// The few ways in which the page is put together. Text of users only ever becomes text.

export const at = (id) => document.getElementById(id);

const SVG = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

export const make = (tag, attributes = {}, ...children) =>
  fill(document.createElement(tag), attributes, children);

export const draw = (tag, attributes = {}, ...children) =>
  fill(document.createElementNS(SVG, tag), attributes, children);

export const count = (n) => n.toLocaleString("en");

/** A number in three digits, as the report writes it. */
export function number(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  const text = size !== 0 && (size < 1e-4 || size >= 1e6)
    ? value.toExponential(2)
    : String(Number(value.toPrecision(size >= 1000 ? 5 : 3)));
  return text.replace("-", "−");
}

/** The last part of an id that is a path, which is what tells it from others. */
export const short = (id) => id.split("/").pop() || id;

/** Once in a while: the last call within `ms` is the one that happens. */
export function calmed(ms, act) {
  let timer = 0;
  const later = (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => act(...values), ms);
  };
  later.cancel = () => clearTimeout(timer);
  return later;
}
