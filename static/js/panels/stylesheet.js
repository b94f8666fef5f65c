// Styles of parts that are loaded when first asked for.
const loaded = new Map();

// Resolves when the style sheet applies, so that nothing is shown unstyled. `name` is a file of static/css.
export function stylesheet(name) {
  if (!loaded.has(name)) {
    loaded.set(name, new Promise((resolve, reject) => {
      const link = document.createElement('link');
      link.rel = 'stylesheet';
      link.href = new URL(`../../css/${name}`, import.meta.url).pathname;
      link.onload = resolve;
      link.onerror = () => {
        loaded.delete(name);
        link.remove();
        reject(new Error(name));
      };
      document.head.append(link);
    }));
  }
  return loaded.get(name);
}
