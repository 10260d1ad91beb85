// Keys by their meaning, on any layout.

const REPEAT = new Set(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"]);
const TYPES = "input:not([type=checkbox], [type=radio], [type=range]), textarea, select, [contenteditable]";
const PRESSED = new Set(["Enter", " "]);

/** "y", "Y" with shift (whatever caps lock says), "Shift+ArrowLeft", "[", "Enter", " "; null with control or command. */
export function named(event) {
  const typedWithAltGr = event.getModifierState("AltGraph"); // where "[" lies on many keyboards
  if ((event.ctrlKey || event.metaKey || event.altKey) && !typedWithAltGr) return null;
  const { key, shiftKey } = event;
  if (/^\p{L}$/u.test(key)) return shiftKey ? key.toUpperCase() : key.toLowerCase();
  return shiftKey && key.length > 1 ? `Shift+${key}` : key;
}

/**
 * Calls `map[key](event)` for keys pressed in `target` until `signal` is aborted. Keys typed into a field, or that press
 * the button they are on, stay there; so do those of an open dialog where `target` is the page. Held down, only arrows
 * repeat: an answer is one press.
 */
export function keys(map, { signal, target = document } = {}) {
  target.addEventListener("keydown", (event) => heard(map, event, target), { signal });
}

function heard(map, event, target) {
  const key = named(event);
  const fn = map[key];
  if (!fn || event.defaultPrevented || elsewhere(event, key, target)) return;
  event.preventDefault();
  if (!event.repeat || REPEAT.has(event.key)) fn(event);
}

function elsewhere(event, key, target) {
  const at = event.target;
  if (at.matches?.(TYPES)) return true;
  if (PRESSED.has(key) && at.closest?.("button, a, summary")) return true;
  return target === document && Boolean(document.querySelector("dialog[open]"));
}
