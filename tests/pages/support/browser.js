// A headless Chromium. A test fails on exceptions, failed requests and policy violations in its pages.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const screenshots = process.env.SCREENSHOTS ?? 'screenshots';
mkdirSync(screenshots, { recursive: true });

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

function findChromium() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    try {
      return execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
    } catch {
      // Try the next name.
    }
  }
  throw new Error('there is no Chromium here: scripts/setup test installs it, or set CHROMIUM');
}

export const launch = () =>
  chromium.launch({
    executablePath: findChromium(),
    // Chromium has no sandbox for root.
    args: process.getuid() === 0 ? ['--no-sandbox'] : [],
  });

export const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

/** A separate browser context (storage, cookies) with one page, and the faults in it. */
export class Visitor {
  #faults = [];
  #answersExpected = new Set();
  #networkMayFail = false;

  static async come(browser, url, options = {}) {
    const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
    const visitor = new Visitor();
    visitor.context = context;
    visitor.page = await context.newPage();
    await visitor.#watch();
    await visitor.page.goto(url);
    await visitor.page.waitForSelector('html[data-ready]');
    return visitor;
  }

  async #watch() {
    await this.page.addInitScript(() =>
      document.addEventListener('securitypolicyviolation', (e) =>
        console.error(`CSP: ${e.violatedDirective} ${e.blockedURI} ${e.sample}`)));
    this.page.on('pageerror', (e) => this.#faults.push(`thrown: ${e.stack ?? e}`));
    this.page.on('console', (m) => {
      if (m.type() !== 'error' && m.type() !== 'warning') return;
      const failed = /^Failed to load resource: (.*)$/.exec(m.text());
      const status = Number(/status of (\d+)/.exec(m.text())?.[1]);
      const ofApi = m.location().url.includes('/v1/');
      if (failed && ofApi && (status ? this.#answersExpected.has(status) : this.#networkMayFail)) return;
      this.#faults.push(`${m.type()}: ${m.text()} (${m.location().url})`);
    });
  }

  /** Chromium reports each error answer; these are expected by the test. */
  expectAnswers(...statuses) {
    statuses.forEach((s) => this.#answersExpected.add(s));
  }
  /** The node stops: connections break. */
  expectNetworkToFail() {
    this.#networkMayFail = true;
  }

  faults() {
    return this.#faults;
  }

  async leave() {
    await this.context.close();
    assert.deepEqual(this.#faults, []);
  }

  async logIn(token) {
    await this.page.getByLabel('Token').fill(token);
    await this.page.getByRole('button', { name: 'Log in' }).click();
    await this.page.locator('#connection[data-state=live]').waitFor();
    await this.page.locator('[data-account]').first().waitFor();
    await this.page.locator('#history-list li, #history-note:not(:empty)').first().waitFor();
  }

  async send(to, amount, memo = '') {
    await this.page.getByLabel('Account number', { exact: true }).fill(to);
    await this.page.getByLabel('Amount').fill(amount);
    await this.page.getByLabel('Note').fill(memo);
    await this.page.getByRole('button', { name: 'Send', exact: true }).click();
  }

  card(id) {
    return this.page.locator(`[data-account="${id}"]`);
  }

  async shoot(name) {
    await this.page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true, animations: 'disabled' });
  }

  /** axe finds no violation, best practices included. */
  async expectAccessible() {
    await this.page.evaluate(axeSource);
    const found = await this.page.evaluate(() => globalThis.axe.run());
    const text = found.violations.map((v) => `${v.id}: ${v.help}\n  ${v.nodes.map((n) => n.html).join('\n  ')}`);
    assert.deepEqual(text, []);
  }
}

/** Repeats the check until it passes; after half a minute its error fails the test. */
export async function eventually(claim) {
  const giveUp = Date.now() + 30_000;
  for (;;) {
    try {
      return await claim();
    } catch (why) {
      if (Date.now() > giveUp) throw why;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
