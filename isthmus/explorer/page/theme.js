// Dark or light: as the system has it, until the button is pressed.

const KEPT = "isthmus-theme";
const system = matchMedia("(prefers-color-scheme: dark)");

export const isDark = () => (document.documentElement.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";

/** Take up what was chosen before; `changed` hears when colours are others. */
export function beginTheme(changed) {
  const kept = read();
  if (kept) document.documentElement.dataset.theme = kept;
  system.addEventListener("change", changed);
  return () => {
    const theme = isDark() ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    try { localStorage.setItem(KEPT, theme); } catch { /* a private window keeps nothing */ }
    changed();
  };
}

function read() {
  try { return localStorage.getItem(KEPT); } catch { return null; }
}
