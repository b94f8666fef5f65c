// Whether everybody can use a page: what axe-core finds, how large targets are, and whether all can be reached.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { screenshot, sizes } from './browser.mjs';

const kSmallestTarget = 44;   // px

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const full = Boolean(process.env.MINIDVR_TEST_FULL);

// [theme, language, sizes of the window] that a state is looked at in: of each the largest and the smallest window, or with
// MINIDVR_TEST_FULL=1 all that are given.
export function looks(dark, light) {
  const some = (sizes, count) => (full ? sizes : [sizes[0], sizes.at(-1)].slice(-count));
  return [['dark', 'en', some(dark, 2)], ['light', 'es', some(light, 1)]];
}

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

// What axe-core finds wrong, in words.
export async function violations(page) {
  // Evaluated past the page's policy, which allows no foreign script; once, as it takes a while.
  if (!await page.evaluate(() => 'axe' in window)) await page.evaluate(axe);
  const found = await page.evaluate((tags) => window.axe.run({ runOnly: tags }), rules);
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`).join('; ')}`);
}

// Everything that can be pressed, seen at its size. A label is the target of what it labels.
export const smallTargets = (page, least) => page.evaluate((limit) => {
  const found = [];
  for (const element of document.querySelectorAll('button, input, select, a[href], [tabindex]')) {
    const target = element.closest('label') ?? element;
    const { width, height } = target.getBoundingClientRect();
    const shown = element.checkVisibility({ visibilityProperty: true }) && width > 1 && !element.matches('.skip');
    if (shown && (width < limit - 0.5 || height < limit - 0.5)) found.push(`${element.outerHTML.slice(0, 80)} ${width}x${height}`);
  }
  return found;
}, least);

// That everybody can use the page as it is, in windows of these sizes; `picture` names what is kept to look at.
export async function assertUsable(page, among, picture) {
  for (const size of among) {
    await page.setViewportSize(sizes[size]);
    await page.waitForTimeout(100);
    await screenshot(page, picture(size));
    assert.deepEqual(await violations(page), [], size);
    assert.deepEqual(await smallTargets(page, kSmallestTarget), [], size);
    assert.ok(await sideways(page) <= 0, `${size} scrolls sideways`);
  }
}

// Pixels that the page is wider than the window.
export const sideways = (page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

// What can be pressed and is cut off or lies under something else, after scrolling to it.
export const unreachable = (page) => page.evaluate(() => {
  const found = [];
  for (const element of document.querySelectorAll('.app button, .app input, .app select, .app [role=slider]')) {
    if (!element.checkVisibility() || element.disabled) continue;
    element.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    const { x, y, width, height } = element.getBoundingClientRect();
    const top = document.elementFromPoint(x + width / 2, y + height / 2);
    if (!top || !(element.contains(top) || top.contains(element))) found.push(`${element.outerHTML.slice(0, 90)} under ${top?.outerHTML.slice(0, 60)}`);
  }
  scrollTo(0, 0);
  return found;
});
