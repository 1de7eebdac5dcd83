// SPDX-License-Identifier: Apache-2.0
// Opens HTML reports in a real browser and writes what is wrong with each as a line of JSON.
//
//   MODULES=<folder with node_modules> node look.mjs BROWSER FOLDER
//
// FOLDER holds <name>.html files. A line: {"name", "check", "problems": [...]}; no problems is good.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const require = createRequire(pathToFileURL(`${process.env.MODULES}/`));
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const [executablePath, folder] = process.argv.slice(2);

const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});

async function withPage(file, options, use, name) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const problems = [];
  const url = pathToFileURL(resolve(file)).href;

  page.on('console', (m) => {
    if (['error', 'warning'].includes(m.type())) problems.push(`console ${m.type()}: ${m.text()}`);
  });
  page.on('pageerror', (e) => problems.push(`script error: ${e.message}`));
  page.on('dialog', (d) => {
    problems.push(`dialog: ${d.message()}`);
    d.dismiss();
  });
  page.on('request', (r) => {
    if (r.url() !== url) problems.push(`request: ${r.url()}`);
  });
  await page.goto(url);
  await use(page, problems, name);
  await context.close();
  return problems;
}

function report(name, check, problems) {
  console.log(JSON.stringify({ name, check, problems }));
}

async function accessible(page, problems) {
  await page.evaluate(() => document.querySelectorAll('details').forEach((d) => { d.open = true; }));
  await page.evaluate(axe);
  const result = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  for (const v of result.violations) problems.push(`axe ${v.id}: ${v.help}: ${v.nodes[0].html.slice(0, 200)}`);
  if (result.passes.length < 20) problems.push(`axe looked at ${result.passes.length} rules only`);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (wide > 0) problems.push(`the page is ${wide} pixels wider than the window`);
}

const screens = {
  'desktop light': { viewport: { width: 1280, height: 900 }, colorScheme: 'light' },
  'desktop dark': { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' },
  'telephone light': { viewport: { width: 360, height: 740 }, colorScheme: 'light' },
  'telephone dark': { viewport: { width: 360, height: 740 }, colorScheme: 'dark' },
};

const everyScreen = ['found', 'absent', 'unknown', 'hostile', 'plan-refused', 'plan-hostile'];
const isPlan = (name) => name.startsWith('plan-');
const isAgency = (name) => name.startsWith('agency-');
const withoutAnything = ['bare', 'plan-empty'];

// On paper everything that is folded on the screen is there, also where no script runs.
async function onPaper(page, problems) {
  await page.emulateMedia({ media: 'print' });
  const hidden = await page.evaluate(() => [...document.querySelectorAll('details')].filter((d) => {
    const last = d.lastElementChild;
    return last.tagName !== 'SUMMARY' && (!last.checkVisibility() || last.getBoundingClientRect().height === 0);
  }).length);
  if (hidden) problems.push(`${hidden} folded parts are not printed`);
}

async function withoutScript(page, problems, name) {
  const text = await page.evaluate(() => document.body.innerText);
  const source = await page.evaluate(() => document.querySelectorAll('.tools').length);
  if (source) problems.push('controls that need a script are there without one');
  let here = ['At a glance', 'What to do next', 'Orders and their deadlines', 'How it was searched'];
  if (isPlan(name)) here = ['At a glance', 'Of what was found', 'The products, step by step', 'What to do next'];
  if (isAgency(name)) here = ['Counts', 'The elements that the order asks for', 'About this document'];
  for (const words of here) {
    if (!text.includes(words)) problems.push(`missing: ${words}`);
  }
}

async function filters(page, problems) {
  const shown = () => page.locator('#findings-table tbody tr:visible').count();
  const all = await shown();
  await page.getByLabel('Show only rows with these words').fill('engine 1');
  const some = await shown();
  const told = await page.getByRole('status').innerText();
  if (!(some > 0 && some < all)) problems.push(`filter: ${some} of ${all} rows`);
  if (told !== `${some} of ${all} shown`) problems.push(`filter: says "${told}"`);
  await page.getByLabel('Show only rows with these words').fill('');
  if (await shown() !== all) problems.push('filter: not all rows come back');
  await page.getByRole('button', { name: 'Open all evidence' }).click();
  const closed = await page.locator('details.evidence:not([open])').count();
  if (closed) problems.push(`${closed} pieces of evidence did not open`);
}

async function links(page, problems) {
  const broken = await page.evaluate(() => [...document.querySelectorAll('a[href^="#"]')]
    .filter((a) => !document.getElementById(a.hash.slice(1))).map((a) => a.hash));
  if (broken.length) problems.push(`links to nowhere: ${broken}`);
  const ids = await page.evaluate(() => {
    const all = [...document.querySelectorAll('[id]')].map((e) => e.id);
    return all.length - new Set(all).size;
  });
  if (ids) problems.push(`${ids} ids are used twice`);
  const order = page.locator('a[href="#order-3"]').first();
  if (await order.count()) {
    await order.click();
    if (!await page.locator('#order-3').evaluate((d) => d.open)) problems.push('a link to an order does not open it');
  }
}

// Every path of a step is in the page, folded or not.
async function wholeLists(page, problems) {
  const rows = await page.locator('#item-1 details').nth(1).locator('tbody tr').count();
  if (rows !== 400) problems.push(`${rows} paths of 400`);
  const folded = await page.locator('#item-1 details[open]').count();
  if (folded) problems.push(`${folded} lists are not folded`);
}

async function unharmed(page, problems, name) {
  const strange = await page.evaluate(() => [...document.querySelectorAll('img, iframe, object, form, b, base, link')]
    .map((e) => e.outerHTML));
  if (strange.length) problems.push(`elements from names: ${strange[0].slice(0, 100)}`);
  const scripts = await page.locator('script').count();
  if (scripts !== 1) problems.push(`${scripts} scripts`);
  const title = await page.title();
  let begins = 'Banned products were found';
  if (isPlan(name)) begins = 'Removal plan';
  if (isAgency(name)) begins = 'Plan of action';
  if (!title.startsWith(`${begins}: </title></style><img`)) problems.push(`title: ${title}`);
}

for (const file of readdirSync(folder).filter((f) => f.endsWith('.html')).sort()) {
  const name = file.replace('.html', '');
  const path = `${folder}/${file}`;
  for (const [screen, options] of Object.entries(screens)) {
    if (!everyScreen.includes(name) && !['desktop light', 'telephone dark'].includes(screen)) continue;
    report(name, screen, await withPage(path, options, accessible));
  }
  report(name, 'links', await withPage(path, {}, links));
  report(name, 'paper', await withPage(path, { javaScriptEnabled: false }, onPaper));
  if (!withoutAnything.includes(name)) {
    report(name, 'no script', await withPage(path, { javaScriptEnabled: false }, withoutScript, name));
  }
  if (name === 'many') report(name, 'filter', await withPage(path, {}, filters));
  if (name === 'plan-many') report(name, 'whole lists', await withPage(path, {}, wholeLists));
  if (name.endsWith('hostile')) report(name, 'unharmed', await withPage(path, {}, unharmed, name));
}
await browser.close();
