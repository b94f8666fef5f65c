// The tables of strings: nothing missing, nothing left over, nothing outside them.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import loginEn from '../../static/js/strings/login.en.js';
import loginEs from '../../static/js/strings/login.es.js';
import pageEn from '../../static/js/strings/en.js';
import pageEs from '../../static/js/strings/es.js';
import playerEn from '../../static/js/strings/player.en.js';
import playerEs from '../../static/js/strings/player.es.js';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
const openapi = JSON.parse(readFileSync(join(checkout, 'static/api/openapi.json'), 'utf8'));
const template = ['templates/index.html', 'static/login.html'].map((page) => readFileSync(join(checkout, page), 'utf8')).join('');
const en = { ...pageEn, ...playerEn, ...loginEn };
const es = { ...pageEs, ...playerEs, ...loginEs };
const paths = filesIn(join(checkout, 'static/js')).filter((path) => !path.includes('/strings/'));
const sources = paths.map((path) => readFileSync(path, 'utf8'));

function filesIn(folder) {
  return readdirSync(folder).map((name) => join(folder, name)).flatMap((path) => (statSync(path).isDirectory() ? filesIn(path) : [path]));
}

// Keys that stand in the sources as they are, and the beginnings of those that are put together: t(`recorder.${state}`).
function keysInUse() {
  const literal = new Set();
  const prefixes = new Set();
  const calls = /\b(?:t|announce|notify|notifyFailure|choice|toggle|has)\(\s*'([^']+)'/g;
  const quoted = /'((?:none|history|rate|menu|problem|record|recording|recorder|facts|fact|refused|camera|preset|player)(?:\.[\w.]+)?)'/g;
  const together = /`([a-z]+(?:\.[a-z]+)*\.)\$\{/g;
  for (const source of sources) {
    for (const pattern of [calls, quoted]) for (const [, key] of source.matchAll(pattern)) literal.add(key);
    for (const [, prefix] of source.matchAll(together)) prefixes.add(prefix);
  }
  for (const [, key] of template.matchAll(/data-(?:text|label|alt)="([^"]+)"/g)) literal.add(key);
  return { literal, prefixes: [...prefixes] };
}

// The second of a name is what counts, for both meanings.
test('no text has the name of another one of its table', () => {
  for (const path of filesIn(join(checkout, 'static/js/strings'))) {
    const names = [...readFileSync(path, 'utf8').matchAll(/^ {2}'([^']+)':/gm)].map(([, name]) => name);
    assert.ok(names.length > 0, path);
    assert.deepEqual(names.filter((name, at) => names.indexOf(name) !== at), [], path);
  }
});

test('both languages have the same keys', () => {
  assert.deepEqual(Object.keys(pageEs).sort(), Object.keys(pageEn).sort());
  assert.deepEqual(Object.keys(playerEs).sort(), Object.keys(playerEn).sort());
  assert.deepEqual(Object.keys(loginEs).sort(), Object.keys(loginEn).sort());
});

test('what the player brings with it is nothing that the page has, nor that it needs before', () => {
  assert.deepEqual(Object.keys(playerEn).filter((key) => key in pageEn), []);
  const before = paths.filter((path) => !path.includes('/player/') && !path.endsWith('/login.js')).map((path) => readFileSync(path, 'utf8'));
  const calls = /\b(?:t|announce|notify|notifyFailure)\(\s*'([^']+)'/g;
  assert.deepEqual(before.flatMap((source) => [...source.matchAll(calls)].map(([, key]) => key)).filter((key) => !(key in pageEn)), []);
});

test('every code that the server may tell has words', () => {
  const codes = openapi.components.schemas.ErrorCode.enum.map((code) => `error.${code}`);
  assert.deepEqual(Object.keys(pageEn).filter((key) => key.startsWith('error.')).sort(), codes.sort());
});

test('every limit that can not be kept, and every reason why nothing is deleted, has words', () => {
  const { shortages, stopped_code: stopped } = openapi.components.schemas.Archive.properties.retention.properties;
  const told = (prefix) => Object.keys(pageEn).filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length)).sort();
  assert.deepEqual(told('shortage.'), [...shortages.items.properties.code.enum].sort());
  assert.deepEqual(told('problem.stopped.'), [...stopped.enum].sort());
});

test('everything that may be wrong with the certificate has words', () => {
  const told = Object.keys(pageEn).filter((key) => key.startsWith('certificate.')).map((key) => key.slice('certificate.'.length)).sort();
  assert.deepEqual(told, [...openapi.components.schemas.Status.properties.certificate.properties.code.enum].sort());
});

test('every code of a camera without pictures has a title and a text of its own', () => {
  const source = readFileSync(join(checkout, 'static/js/picture.js'), 'utf8');
  const told = [...source.matchAll(/^ {2}(\w+): \['(none\.\w+)', '(none\.\w+\.detail)'\],$/gm)];
  assert.deepEqual(told.map(([, code]) => code).sort(), [...openapi.components.schemas.Camera.properties.code.enum].sort());
  for (const [, , title, detail] of told) assert.equal(detail, `${title}.detail`);
});

test('no text is empty, and both languages fill in the same values', () => {
  for (const key of Object.keys(en)) {
    for (const table of [en, es]) assert.ok(table[key].trim(), key);
    const values = (words) => [...words.matchAll(/\{\w+\}/g)].map(([name]) => name).sort();
    assert.deepEqual(values(es[key]), values(en[key]), key);
  }
});

test('every key that the page asks for is in the tables', () => {
  const calls = /\b(?:t|announce|notify|notifyFailure)\(\s*'([^']+)'/g;
  const asked = sources.flatMap((source) => [...source.matchAll(calls)].map(([, key]) => key));
  const inTemplate = [...template.matchAll(/data-(?:text|label|alt)="([^"]+)"/g)].map(([, key]) => key);
  assert.ok(asked.length > 60 && inTemplate.length > 20, 'the test finds what the page asks for');
  assert.deepEqual([...asked, ...inTemplate].filter((key) => !(key in en)), []);
});

test('every key of the tables is in use', () => {
  const { literal, prefixes } = keysInUse();
  const used = (key) => literal.has(key) || literal.has(key.replace(/\.one$/, '')) || prefixes.some((prefix) => key.startsWith(prefix));
  assert.deepEqual(Object.keys(en).filter((key) => !used(key)), []);
});

test('the template holds no words of its own but the name', () => {
  const words = template.replace(/<!--.*?-->|<noscript>.*?<\/noscript>|<svg class="icons".*?<\/svg>/gs, '').replace(/<[^>]+>/g, ' ').split(/\s+/).filter(Boolean);
  assert.deepEqual([...new Set(words)], ['Mini-DVR']);
});
