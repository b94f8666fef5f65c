// README.md and README.es.md say the same, and what they quote of the program is what it says.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
const read = (name) => readFileSync(join(checkout, name), 'utf8');
const [english, spanish] = ['README.md', 'README.es.md'].map(read);
const both = (of) => [of(spanish), of(english)];

const headings = (text) => [...text.replace(/```.*?```/gs, '').matchAll(/^(#+) /gm)].map(([, level]) => level.length);

// Commands and settings, without what is said of them.
const code = (text) => [...text.replace(/^```.*?^```/gms, (fenced) => fenced.replace(/^/gm, '    ')).matchAll(/^ {4}(.*)$/gm)]
  .map(([, line]) => line.replace(/ +#.*$/, ''));

const inline = (text) => [...text.matchAll(/`([^`]+)`/g)].map(([, words]) => words).sort();

// What stands in backquotes is of the program and has no language; a row without any counts all the same.
const rows = (text) => [...text.matchAll(/^\|.*\|$/gm)].map(([row]) => ({ columns: row.split(/(?<!\\)\|/).length, code: inline(row) }));

const links = (text) => [...text.matchAll(/\]\(([^)#]+)\)/g)].map(([, target]) => target).filter((target) => !target.startsWith('README')).sort();

const figures = (text) => (text.match(/^## (?:Figures|Cifras)\n(.*?)^## /ms)[1].match(/\d+(?:\.\d+)?/g));

test('both have the same sections', () => assert.deepEqual(...both(headings)));
test('both show the same commands and files', () => assert.deepEqual(...both(code)));
test('both have the same figures', () => assert.deepEqual(...both(figures)));
test('both lead to the same places, and those are there', () => {
  assert.deepEqual(...both(links));
  for (const target of links(english).filter((one) => !one.startsWith('http'))) assert.ok(statSync(join(checkout, target)), target);
});

test('the rows of all tables speak of the same', () => {
  const [es, en] = both(rows);
  assert.equal(es.length, en.length);
  es.forEach((row, i) => assert.deepEqual(row, en[i], `row ${i}`));
});

test('both name the same settings, routes and programs outside of tables, section by section', () => {
  const sections = (text) => text.split(/^#+ .*$/m).map((part) => inline(part.replace(/```.*?```/gs, '').replace(/^(\||<!--).*$/gm, '')));
  assert.deepEqual(...both(sections));
});

test('links within a text lead to headings of it', () => {
  for (const text of [english, spanish]) {
    const anchors = [...text.matchAll(/^#+ (.*)$/gm)].map(([, words]) => words.toLowerCase().replace(/[^\p{L}\d\- ]/gu, '').replaceAll(' ', '-'));
    const inside = [...text.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor);
    assert.ok(inside.length > 2);
    assert.deepEqual(inside.filter((anchor) => !anchors.includes(anchor)), []);
  }
});

function textOf(folder) {
  return readdirSync(folder).map((name) => join(folder, name)).map((path) => (statSync(path).isDirectory() ? textOf(path) : readFileSync(path, 'utf8'))).join('\n');
}

// What is quoted in the table of symptoms stands in the program; an ellipsis is for what differs, and sources break lines.
test('what the troubleshooting quotes is what the program says', () => {
  const sources = `${textOf(join(checkout, 'lib'))}${textOf(join(checkout, 'static/js/strings'))}`.replace(/"\s*\n\s*"/g, '');
  for (const text of [english, spanish]) {
    const table = text.match(/^\| (?:what you see|qué ve) .*?\n\n/ms)[0];
    const quoted = [...table.matchAll(/[«"]([^»"]+)[»"]/g)].flatMap(([, words]) => words.split('...')).map((words) => words.trim()).filter(Boolean);
    assert.ok(quoted.length > 10);
    for (const words of quoted) assert.ok(sources.includes(words), words);
  }
});
