// node report_test.mjs REPORT.html FOLDER: what a reader of the page meets. Exits 1 at the first
// claim that does not hold.
import assert from 'node:assert/strict';
import {existsSync} from 'node:fs';
import {pathToFileURL} from 'node:url';
import {chromium} from 'playwright-core';

const [report, folder] = process.argv.slice(2);
const browsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? browsers.find(existsSync),
  args: ['--no-sandbox'],
});
const url = pathToFileURL(report).href;

const open = async (options) => {
  const context = await browser.newContext({acceptDownloads: true, ...options});
  const page = await context.newPage();
  const troubles = [];
  page.on('pageerror', (error) => troubles.push(`script error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') troubles.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    if (request.url() !== url && !request.url().startsWith('blob:'))
      troubles.push(`request: ${request.url()}`);
  });
  await page.goto(url);
  return {page, troubles};
};

const claims = [];
const claim = (text, test) => claims.push([text, test]);
const desktop = {viewport: {width: 1280, height: 900}};
const phone = {viewport: {width: 390, height: 844}, deviceScaleFactor: 2, hasTouch: true};

claim('it opens without a request to anything and without a script error', async () => {
  const {page, troubles} = await open(desktop);
  await page.waitForTimeout(200);
  assert.deepEqual(troubles, []);
  await page.screenshot({path: `${folder}/desktop.png`, fullPage: true});
});

claim('every section of the contents is there', async () => {
  const {page} = await open(desktop);
  const anchors = await page.$$eval('nav a', (all) => all.map((a) => a.getAttribute('href')));
  assert.equal(anchors.length, 12);
  for (const anchor of anchors) assert.equal(await page.locator(anchor).count(), 1, anchor);
});

claim('nothing is wider than a phone', async () => {
  const {page, troubles} = await open(phone);
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(width <= 390, `the page is ${width} pixels wide`);
  assert.deepEqual(troubles, []);
  await page.screenshot({path: `${folder}/phone.png`, fullPage: true});
});

claim('letters in charts can be read on a phone', async () => {
  const {page} = await open(phone);
  const sizes = await page.$$eval('figure[data-file] svg', (all) => all
    .filter((svg) => svg.getBoundingClientRect().width > 0)
    .flatMap((svg) => [...svg.querySelectorAll('text')].map(
      (text) => parseFloat(getComputedStyle(text).fontSize) * svg.getScreenCTM().a)));
  assert.ok(sizes.length > 0);
  assert.ok(Math.min(...sizes) >= 7.5, `the smallest letters have ${Math.min(...sizes)} pixels`);
});

claim('another view of a curve is chosen without a script', async () => {
  const {page} = await open({...desktop, javaScriptEnabled: false});
  const views = page.locator('.views').first();
  const labels = views.locator('label');
  const figures = views.locator(':scope > figure');
  assert.ok((await labels.count()) >= 2);
  assert.ok(await figures.nth(0).isVisible());
  await labels.nth(1).click();
  assert.ok(!(await figures.nth(0).isVisible()));
  assert.ok(await figures.nth(1).isVisible());
});

claim('a learner can be switched off and on again', async () => {
  const {page} = await open(desktop);
  const figure = page.locator('figure[data-file^="curves"]').first();
  const series = figure.locator('g.series').first();
  const box = figure.locator('.tools input[type=checkbox]').first();
  assert.ok(await series.isVisible());
  await box.uncheck();
  assert.ok(!(await series.isVisible()));
  await box.check();
  assert.ok(await series.isVisible());
});

claim('a mark says its numbers when the pointer is over it', async () => {
  const {page} = await open(desktop);
  const figure = page.locator('figure[data-file^="runs"]').first();
  await figure.scrollIntoViewIfNeeded();
  const mark = figure.locator('circle:has(title)').first();
  const title = await mark.locator('title').textContent();
  await mark.hover({force: true});
  const tip = page.locator('#tip');
  assert.ok(await tip.isVisible());
  assert.match(await tip.textContent(), /\d/);
  assert.ok(title.length > 0);
});

claim('a table sorts by the column that is pressed, and back', async () => {
  const {page} = await open(desktop);
  const table = page.locator('table.sortable').first();
  const column = async () => (await table.locator('tbody tr td:nth-child(2)').allTextContents())
    .map(parseFloat);
  const press = () => table.locator('th:nth-child(2) button').click();
  await press();
  const down = await column();
  assert.deepEqual(down, [...down].sort((a, b) => b - a));
  await press();
  assert.deepEqual(await column(), [...down].reverse());
});

claim('a chart can be saved as SVG and its data as CSV', async () => {
  const {page} = await open(desktop);
  const figure = page.locator('figure[data-file^="curves"]').first();
  for (const [name, ending] of [['SVG', '.svg'], ['CSV', '.csv']]) {
    const [download] = await Promise.all([
      page.waitForEvent('download'), figure.getByRole('button', {name, exact: true}).click()]);
    assert.ok(download.suggestedFilename().endsWith(ending));
  }
});

claim('it prints', async () => {
  const {page} = await open(desktop);
  await page.emulateMedia({media: 'print'});
  assert.ok(!(await page.locator('.tools').first().isVisible()));
  const a4 = 718;  // pixels within the margins
  await page.setViewportSize({width: a4, height: 1040});
  const right = await page.$$eval('table', (all) =>
    Math.max(...all.map((table) => table.getBoundingClientRect().right)));
  assert.ok(right <= a4, `a table ends at ${right} of ${a4} pixels`);
  await page.pdf({path: `${folder}/print.pdf`, format: 'A4'});
});

claim('it is read in the dark', async () => {
  const {page} = await open({...desktop, colorScheme: 'dark'});
  await page.screenshot({path: `${folder}/dark.png`});
});

let failed = 0;
for (const [text, test] of claims) {
  try {
    await test();
    console.log(`ok    ${text}`);
  } catch (error) {
    ++failed;
    console.log(`FAIL  ${text}\n      ${error.message}`);
  }
}
await browser.close();
console.log(`${claims.length - failed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
