// The player's icons, added to those of the page when the player is loaded.
const kSvg = 'http://www.w3.org/2000/svg';
const icons = {
  calendar: 'M4.5 6.5h15v13h-15zM4.5 10.5h15M8.5 4v4M15.5 4v4',
  play: 'M8 5.5v13l10.5-6.5z',
  reverse: 'M16 5.5v13L5.5 12z',
  pause: 'M8.5 5.5v13M15.5 5.5v13',
  'frame-back': 'M15.5 6v12L8 12zM6 6v12',
  'frame-on': 'M8.5 6v12l7.5-6zM18 6v12',
  in: 'M14 4.5H8.5v15H14M12 12h8M17 9l3 3-3 3',
  out: 'M10 4.5h5.5v15H10M12 12H4M7 9l-3 3 3 3',
  export: 'M12 14.5V4M8 7.5L12 4l4 3.5M5 12.5v7h14v-7',
  mark: 'M6.5 20V4.5M6.5 5.5h11l-2.5 3.75 2.5 3.75h-11',
  file: 'M6 3.5h8l4 4v13H6zM14 3.5v4h4M9 12.5h6M9 16h6',
  download: 'M12 4v10.5M8 11l4 3.5 4-3.5M5 15.5v4h14v-4',
  lock: 'M6.5 11h11v8.5h-11zM9 11V8a3 3 0 0 1 6 0v3',
  left: 'M14.5 6l-6 6 6 6',
  right: 'M9.5 6l6 6-6 6',
};

export function addIcons() {
  const all = document.querySelector('svg.icons');
  for (const [name, shape] of Object.entries(icons)) {
    if (document.getElementById(`icon-${name}`)) continue;
    const symbol = document.createElementNS(kSvg, 'symbol');
    symbol.id = `icon-${name}`;
    symbol.setAttribute('viewBox', '0 0 24 24');
    const path = document.createElementNS(kSvg, 'path');
    path.setAttribute('d', shape);
    symbol.append(path);
    all.append(symbol);
  }
}
