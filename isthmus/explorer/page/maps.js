// Which of the run's maps is shown: each is this page, at an address of its own.

import { at, make } from "./dom.js";

export function offerMaps(run) {
  const names = Object.entries(run.maps), shown = run.map.name;
  if (names.length < 2) return;
  const [first] = names[0], select = at("which");
  select.replaceChildren(...names.map(([key, name]) => make("option", { value: key }, name)));
  select.value = shown;
  select.parentElement.hidden = false;
  select.onchange = () => {
    const root = shown === first ? "./" : "../../";
    location.assign(root + (select.value === first ? "" : `maps/${select.value}/`) + kept());
  };
  // Who comes back by the browser's button finds the list as it was left.
  addEventListener("pageshow", () => { select.value = shown; });
}

/** What of the view can be seen on another map too. */
function kept() {
  const parts = new URLSearchParams(location.hash.slice(1));
  for (const name of ["at", "line"]) parts.delete(name);
  return parts.size ? `#${parts}` : "";
}
