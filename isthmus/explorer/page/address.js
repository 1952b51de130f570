// The view as an address: what comes after the #, to be kept or sent to someone.

const near = (value) => Number(value.toPrecision(5));

/** Write what is looked at: {by, view, a, b, size, only, polygon}. */
export function writeAddress(state) {
  const parts = new URLSearchParams();
  const { by, view, a, b, size, only, polygon } = state;
  if (by) parts.set("by", by);
  if (view) parts.set("at", [(view.x0 + view.x1) / 2, (view.y0 + view.y1) / 2, view.x1 - view.x0].map(near).join(","));
  if (a !== null) parts.set("a", a);
  if (b !== null) parts.set("b", b);
  if (size) parts.set("k", size);
  if (only !== null) parts.set("only", only);
  if (polygon) parts.set("line", polygon.map((place) => place.map(near).join(",")).join(";"));
  const address = "#" + parts.toString().replaceAll("%2C", ",").replaceAll("%3B", ";");
  if (address !== location.hash) history.replaceState(null, "", address);
}

/** Read an address; what it lacks, or what is no number in it, is null. */
export function readAddress() {
  const parts = new URLSearchParams(location.hash.slice(1));
  const whole = (name) => (/^\d+$/.test(parts.get(name) ?? "") ? Number(parts.get(name)) : null);
  const numbers = (text) => text.split(",").map(Number);
  const at = numbers(parts.get("at") ?? "");
  const line = (parts.get("line") ?? "").split(";").map(numbers);
  return {
    by: parts.get("by"),
    at: at.length === 3 && at.every(Number.isFinite) && at[2] > 0 ? at : null,
    a: whole("a"), b: whole("b"), size: whole("k"), only: whole("only"),
    polygon: line.length >= 3 && line.every((place) => place.length === 2 && place.every(Number.isFinite)) ? line : null,
  };
}
