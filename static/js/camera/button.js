// The buttons of the drawer.

// `words` on it, `press` when it is pressed.
export function button(words, press) {
  const element = document.createElement('button');
  element.type = 'button';
  element.textContent = words;
  element.addEventListener('click', press);
  return element;
}
