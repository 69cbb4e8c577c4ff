import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { BankNode } from './support/bank_node.js';
import { Visitor, eventually, launch, phone } from './support/browser.js';

let browser;
let node;
let visitors = [];

before(async () => {
  browser = await launch();
  node = await BankNode.start();
});
after(async () => {
  await browser?.close();
  assert.equal(await node?.stop(), 0);
});

const come = async (options) => {
  const visitor = await Visitor.come(browser, node.pageUrl, options);
  visitors.push(visitor);
  return visitor;
};
const comeAs = async (owner, options) => {
  const visitor = await come(options);
  await visitor.logIn(node.tokens[owner]);
  return visitor;
};

/** A test whose visitors leave at its end, and fail on errors in the background. */
const visit = (claim, run) =>
  test(claim, { timeout: 120_000 }, async (t) => {
    visitors = [];
    try {
      await run(t);
      for (const v of visitors) await v.leave();
    } catch (why) {
      for (const [i, v] of visitors.entries()) await v.shoot(`failed-${i}`).catch(() => {});
      for (const v of visitors) if (v.faults().length > 0) console.error(v.faults().join('\n'));
      throw why;
    } finally {
      for (const v of visitors) await v.context.close().catch(() => {});
    }
  });

const texts = (locator) => locator.allInnerTexts();
const focused = (page) => page.evaluate(() => document.activeElement.id || document.activeElement.tagName);

describe('logging in', () => {
  visit('shows the accounts and keeps the token in this tab only', async () => {
    const alice = await come();
    await alice.shoot('login');
    await alice.expectAccessible();
    await alice.logIn(node.tokens.alice);
    const titles = await texts(alice.page.locator('#account-list h3'));
    assert.deepEqual(titles, ['Checking', 'Savings']);
    assert.match(await alice.page.locator('#totals').innerText(), /^[\d,]+\.\d\d\sUSD in all$/);
    const kept = await alice.page.evaluate(() => ({
      session: Object.values(sessionStorage), local: localStorage.length, cookies: document.cookie, url: location.href,
    }));
    assert.deepEqual(kept, { session: [node.tokens.alice], local: 0, cookies: '', url: `${node.pageUrl}/` });
    await alice.expectAccessible();
  });

  visit('survives a reload, and ends with the log-out', async () => {
    const alice = await comeAs('alice');
    await alice.page.reload();
    await alice.page.locator('[data-account]').first().waitFor();
    assert.equal(await alice.page.locator('#owner').innerText(), 'alice');
    await alice.page.getByRole('button', { name: 'Log out' }).click();
    assert.equal(await alice.page.locator('#bank').isVisible(), false);
    assert.equal(await alice.page.evaluate(() => sessionStorage.length), 0);
    assert.equal(await alice.page.locator('[data-account]').count(), 0);
    await alice.page.reload();
    assert.ok(await alice.page.getByLabel('Token').isVisible());
  });

  visit('explains why a token is refused', async () => {
    const somebody = await come();
    somebody.expectAnswers(401);
    const token = somebody.page.getByLabel('Token');
    const error = somebody.page.locator('#token-error');
    for (const [typed, words] of [['', /Paste your token/], ['two words', /no spaces/], ['wrong-token', /does not accept this token/]]) {
      await token.fill(typed);
      await somebody.page.getByRole('button', { name: 'Log in' }).click();
      await eventually(async () => assert.match(await error.innerText(), words));
      assert.equal(await token.getAttribute('aria-invalid'), 'true');
      assert.equal(await focused(somebody.page), 'token');
    }
    await somebody.shoot('login-wrong-token');
    await somebody.expectAccessible();
    assert.equal(await somebody.page.locator('#bank').isVisible(), false);
    assert.equal(await somebody.page.evaluate(() => sessionStorage.length), 0);
  });

  visit('ends when the bank does not accept the token any more', async () => {
    const alice = await comeAs('alice');
    alice.expectAnswers(401);
    const problem = { status: 401, contentType: 'application/problem+json', body: '{"status":401,"code":"unauthenticated","detail":"x"}' };
    await alice.page.route('**/v1/**', (route) => route.fulfill(problem));
    await alice.send(randomUUID(), '1.00');
    await eventually(async () => assert.match(await alice.page.locator('#token-error').innerText(), /logged out/));
    assert.equal(await alice.page.evaluate(() => sessionStorage.length), 0);
  });
});

describe('a transfer', () => {
  visit('is made, and seen at once in balances, feed and history', async () => {
    const from = await node.account('alice', 'checking');
    const to = await node.account('bob', 'checking');
    const alice = await comeAs('alice');
    const { page } = alice;
    await alice.send(to.id, '12.34', 'for <b>dinner</b> & wine');
    await page.locator('#transfer-message[data-kind=good]').waitFor();
    assert.match(await page.locator('#transfer-message').innerText(), /^Paid: 12\.34\sUSD to account …\u2060[0-9a-f]{6}\.$/);
    await eventually(async () => {
      const now = await node.account('alice', 'checking');
      assert.equal(now.balance.posted, from.balance.posted - 1234);
      const shown = await alice.card(from.id).locator('.figure').innerText();
      assert.equal(shown.replaceAll(',', ''), ((from.balance.posted - 1234) / 100).toFixed(2));
    });
    const first = page.locator('#history-list .entry').first();
    await eventually(async () => assert.match(await first.innerText(), /to account\s…\u2060\w+ · for <b>dinner<\/b> & wine/));
    assert.match(await page.locator('#feed-list .entry').first().innerText(), /−12\.34\sUSD/);
    assert.equal(await page.getByLabel('Amount').inputValue(), '');
    await alice.shoot('after-a-transfer');
    await alice.expectAccessible();
  });

  visit('goes between the customer’s own accounts', async () => {
    const savings = await node.account('alice', 'savings');
    const alice = await comeAs('alice');
    await alice.page.getByLabel('To', { exact: true }).selectOption(savings.id);
    assert.equal(await alice.page.getByLabel('Account number', { exact: true }).isVisible(), false);
    await alice.page.getByLabel('Amount').fill('1');
    await alice.page.getByRole('button', { name: 'Send', exact: true }).click();
    await alice.page.locator('#transfer-message[data-kind=good]').waitFor();
    await eventually(async () => {
      assert.match(await alice.page.locator('#feed-list .entry').first().innerText(), /Between your accounts/);
      assert.equal((await node.account('alice', 'savings')).balance.posted, savings.balance.posted + 100);
    });
  });

  visit('that is invalid is refused at the field at fault, and moves nothing', async () => {
    const from = await node.account('alice', 'checking');
    const to = (await node.account('bob', 'checking')).id;
    const alice = await comeAs('alice');
    alice.expectAnswers(404, 422);
    const { page } = alice;
    const unknown = '01935f2e-7a00-7000-8000-0000000000ff';
    for (const [number, amount, field, words] of [
      ['', '1', 'to', /Enter the number/], ['123', '1', 'to', /looks like/], [from.id, '1', 'to', /same account/],
      [to, '', 'amount', /Enter an amount/], [to, '1.234', 'amount', /2 decimals/], [to, '1,234', 'amount', /decimal point/],
      [to, '0', 'amount', /more than zero/], [unknown, '1', 'to', /no account with this number/],
      [to, '99999999', 'amount', /Not enough money in that account: [\d,.]+\sUSD available/],
    ]) {
      await alice.send(number, amount);
      await eventually(async () => assert.match(await page.locator(`#transfer-${field}-error`).innerText(), words));
      assert.equal(await page.locator(`#transfer-${field}`).getAttribute('aria-invalid'), 'true');
      await eventually(async () => assert.equal(await focused(page), `transfer-${field}`));
    }
    await alice.shoot('insufficient-funds');
    await alice.expectAccessible();
    assert.deepEqual((await node.account('alice', 'checking')).balance, from.balance);
  });

  visit('whose answer is lost is sent again, and paid once', async () => {
    const from = await node.account('alice', 'checking');
    const to = (await node.account('bob', 'checking')).id;
    const alice = await comeAs('alice');
    alice.expectNetworkToFail();
    const sent = [];
    await alice.page.route('**/v1/transfers', async (route) => {
      sent.push(route.request().postDataJSON());
      if (sent.length > 3) return route.continue();
      await route.fetch();  // it is made, but the answer is lost
      await route.abort('connectionreset');
    });
    await alice.send(to, '5.00');
    await alice.page.locator('#transfer-message[data-kind=busy]', { hasText: 'paid once at most' }).waitFor();
    await alice.shoot('no-answer-yet');
    await alice.page.locator('#transfer-message[data-kind=good]').waitFor();
    assert.equal(sent.length, 4);
    assert.equal(new Set(sent.map((body) => JSON.stringify(body))).size, 1);
    const now = await node.account('alice', 'checking');
    assert.equal(now.balance.posted, from.balance.posted - 500);
  });

  visit('that was running when the page was left is finished after the reload, and paid once', async () => {
    const from = await node.account('alice', 'checking');
    const to = (await node.account('bob', 'checking')).id;
    const alice = await comeAs('alice');
    alice.expectNetworkToFail();
    await alice.page.route('**/v1/transfers', async (route) => {
      await route.fetch();
      await route.abort('connectionreset');
    });
    await alice.send(to, '7.00');
    await alice.page.locator('#transfer-message[data-kind=busy]', { hasText: 'paid once at most' }).waitFor();
    await alice.page.unroute('**/v1/transfers');
    await alice.page.reload();
    await alice.page.locator('#transfer-message[data-kind=good]').waitFor();
    assert.equal((await node.account('alice', 'checking')).balance.posted, from.balance.posted - 700);
    assert.equal(await alice.page.evaluate(() => sessionStorage.length), 1);
  });

  visit('that is submitted several times at once is made once', async () => {
    const from = await node.account('alice', 'checking');
    const to = (await node.account('bob', 'checking')).id;
    const alice = await comeAs('alice');
    await alice.page.getByLabel('Account number', { exact: true }).fill(to);
    await alice.page.getByLabel('Amount').fill('3');
    await alice.page.evaluate(() => {
      const form = document.getElementById('transfer-form');
      for (let i = 0; i < 5; ++i) form.requestSubmit();
    });
    await alice.page.locator('#transfer-message[data-kind=good]').waitFor();
    assert.equal((await node.account('alice', 'checking')).balance.posted, from.balance.posted - 300);
  });

  visit('may have another currency’s decimals, or be on hold', async () => {
    const open = (currency, type) => node.ask('/v1/accounts', { body: { type, currency, owner: 'carol' } });
    const [yen, dinar] = [await open('JPY', 'checking'), await open('BHD', 'savings')];
    await node.transfer('world', yen.id, 123456, { currency: 'JPY' });
    await node.transfer('world', dinar.id, 1234567, { currency: 'BHD' });
    await node.transfer(dinar.id, 'world', 1500, { currency: 'BHD', pending: true });
    const carol = await come();
    await carol.logIn(node.makeToken('carol'));
    assert.equal(await carol.card(yen.id).locator('.figure').innerText(), '123,456');
    assert.equal(await carol.card(dinar.id).locator('.figure').innerText(), '1,233.067');
    assert.match(await carol.card(dinar.id).locator('dl').innerText(), /Balance\s*1,234\.567\s*On hold\s*1\.500/);
    await carol.shoot('currencies-and-a-hold');
    await carol.send('01935f2e-7a00-7000-8000-0000000000ff', '1.5');
    assert.match(await carol.page.locator('#transfer-amount-error').innerText(), /JPY has no decimals/);
  });
});

describe('two browsers', () => {
  visit('show each other’s transfers within a second', async (t) => {
    const to = await node.account('bob', 'checking');
    const [alice, bob] = [await comeAs('alice'), await comeAs('bob')];
    const took = [];
    for (let i = 1; i <= 10; ++i) {
      const memo = `number ${i}`;
      const received = bob.page.evaluate((text) => new Promise((resolve) => {
        const list = document.getElementById('feed-list');
        const look = () => list.textContent.includes(text) && (watch.disconnect(), resolve(Date.now()));
        const watch = new MutationObserver(look);
        watch.observe(list, { childList: true, subtree: true });
      }), memo);
      await alice.page.evaluate((memoText) => {
        document.getElementById('transfer-form').addEventListener('submit', () => (globalThis.sentAt = Date.now()), { once: true });
        document.getElementById('transfer-memo').value = memoText;
      }, memo);
      await alice.send(to.id, '0.50', memo);
      const at = await received;
      took.push(at - await alice.page.evaluate(() => globalThis.sentAt));
      await alice.page.locator('#transfer-fields:not([disabled])').waitFor();
    }
    took.sort((a, b) => a - b);
    t.diagnostic(`from the click to the other browser's feed: median ${took[5]} ms, longest ${took.at(-1)} ms`);
    assert.ok(took.at(-1) < 5000, `${took} ms`);
    await eventually(async () => {
      const shown = await bob.card(to.id).locator('.figure').innerText();
      assert.equal(shown.replaceAll(',', ''), ((to.balance.posted + 500) / 100).toFixed(2));
    });
    await bob.shoot('received-from-another-browser');
  });

  visit('of one customer show the same', async () => {
    const to = (await node.account('bob', 'savings')).id;
    const [one, other] = [await comeAs('alice'), await comeAs('alice')];
    await one.send(to, '2.00');
    await other.page.locator('#feed-list .entry').first().waitFor();
    const figures = (v) => texts(v.page.locator('#account-list .figure'));
    await eventually(async () => assert.deepEqual(await figures(one), await figures(other)));
  });
});

describe('history', () => {
  visit('is loaded page by page, and keeps its place while money moves', async () => {
    const account = await node.account('bob', 'savings');
    for (let i = 1; i <= 23; ++i) await node.transfer('world', account.id, i);
    const bob = await comeAs('bob');
    const { page } = bob;
    await page.getByLabel('Account', { exact: true }).selectOption(account.id);
    const rows = page.locator('#history-list .entry');
    await eventually(async () => assert.equal(await rows.count(), 10));
    await page.getByRole('button', { name: 'Show older' }).click();
    await eventually(async () => assert.equal(await rows.count(), 20));
    await node.transfer('world', account.id, 77_00);
    await eventually(async () => assert.equal(await rows.count(), 21));
    assert.match(await rows.first().innerText(), /\+77\.00\sUSD/);
    while (await page.getByRole('button', { name: 'Show older' }).isVisible()) {
      const count = await rows.count();
      await page.getByRole('button', { name: 'Show older' }).click();
      await eventually(async () => assert.ok((await rows.count()) > count));
    }
    const shown = await page.locator('#history-list [data-transfer]').evaluateAll((n) => n.map((e) => e.dataset.transfer));
    const all = (await node.ask(`/v1/accounts/${account.id}/history?limit=200`)).data.map((r) => r.id);
    assert.deepEqual(shown, all);
  });
});

describe('a node that is killed and starts again', () => {
  visit('is found again: missed activity appears, and all figures are right', async (t) => {
    const to = await node.account('bob', 'checking');
    const [alice, bob] = [await comeAs('alice'), await comeAs('bob')];
    for (const v of [alice, bob]) v.expectNetworkToFail(), v.expectAnswers(503);
    await node.kill();
    for (const v of [alice, bob]) await v.page.locator('#connection[data-state=lost]').waitFor();
    assert.match(await bob.page.locator('#connection').innerText(), /Connection lost\. Retrying/);
    await bob.shoot('connection-lost');
    await bob.expectAccessible();

    await alice.send(to.id, '4.00', 'sent into the dark');
    await alice.page.locator('#transfer-message[data-kind=busy]', { hasText: 'paid once at most' }).waitFor();
    await node.begin();
    const back = Date.now();
    await node.transfer('world', to.id, 9_00, { memo: 'while nobody listened' });
    for (const v of [alice, bob]) await v.page.locator('#connection[data-state=live]').waitFor();
    t.diagnostic(`live again ${Date.now() - back} ms after the node`);
    assert.match(await bob.page.locator('#connection').innerText(), /Live again/);
    await alice.page.locator('#transfer-message[data-kind=good]').waitFor();
    const feed = bob.page.locator('#feed-list');
    for (const words of ['while nobody listened', 'sent into the dark'])
      await eventually(async () => assert.equal((await feed.innerText()).split(words).length, 2, words));
    await eventually(async () => {
      const shown = await bob.card(to.id).locator('.figure').innerText();
      assert.equal(shown.replaceAll(',', ''), ((to.balance.posted + 1300) / 100).toFixed(2));
      assert.match(await bob.page.locator('#history-list').innerText(), /while nobody listened/);
    });
    await bob.shoot('live-again');
  });
});

describe('accessibility', () => {
  for (const scheme of ['light', 'dark']) {
    visit(`the page works on a phone (${scheme})`, async () => {
      const bob = await comeAs('bob', { ...phone, colorScheme: scheme });
      await bob.send((await node.account('alice', 'savings')).id, '1.00', 'a long note '.repeat(8));
      await bob.page.locator('#feed-list .entry').first().waitFor();
      await bob.page.locator('#transfer-message[data-kind=good]').waitFor();
      const { scroll, width } = await bob.page.evaluate(() => ({ scroll: document.documentElement.scrollWidth, width: innerWidth }));
      assert.ok(scroll <= width, `the page is ${scroll} wide, the phone ${width}`);
      const small = await bob.page.locator('button:visible, input:visible, select:visible').evaluateAll((nodes) =>
        nodes.filter((n) => n.getBoundingClientRect().height < 24).map((n) => n.outerHTML));
      assert.deepEqual(small, []);
      await bob.shoot(`phone-${scheme}`);
      await bob.expectAccessible();
    });
  }

  visit('contrasts hold in the dark theme', async () => {
    const alice = await comeAs('alice', { colorScheme: 'dark' });
    await alice.shoot('dark');
    await alice.expectAccessible();
  });

  visit('the page works by keyboard, and shows the focus', async () => {
    const alice = await come();
    const { page } = alice;
    const press = (...keys) => keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());
    const goTo = async (id) => {
      for (let i = 0; i < 30 && (await focused(page)) !== id; ++i) await press('Tab');
      assert.equal(await focused(page), id);
      const style = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
      assert.equal(style, 'solid', `#${id} shows its focus`);
    };
    await press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
    await goTo('token');
    await page.keyboard.type(node.tokens.alice);
    await press('Enter');
    await page.locator('#history-list li').first().waitFor();
    assert.equal(await focused(page), 'accounts-title');
    await page.locator('#transfer-fields:not([disabled])').waitFor();
    await goTo('transfer-to');
    await page.keyboard.type((await node.account('bob', 'checking')).id);
    await goTo('transfer-amount');
    await page.keyboard.type('1.50');
    await alice.shoot('keyboard');
    await press('Enter');
    await page.locator('#transfer-message[data-kind=good]').waitFor();
    await eventually(async () => assert.match(await focused(page), /^transfer-/));
    await goTo('history-account');
  });
});

describe('the check of page errors', () => {
  test('finds violations of the content security policy, and exceptions', { timeout: 120_000 }, async () => {
    const somebody = await Visitor.come(browser, node.pageUrl);
    await somebody.page.evaluate(() => {
      const inline = document.createElement('script');
      inline.textContent = 'document.title = "taken over"';
      document.body.append(inline);
      document.body.insertAdjacentHTML('beforeend', '<p style="color: red" onclick="alert(1)">x</p><img src="http://127.0.0.1:1/x.png">');
      // Some versions check a handler only when it would run.
      document.querySelector('p[onclick]').click();
      setTimeout(() => { throw new Error('on purpose'); }, 0);
    });
    // They come one by one, in any order.
    await eventually(async () => {
      const faults = somebody.faults().join('\n');
      for (const kind of [/inline script violates/, /inline style violates/, /event handler violates/, /image .* violates/, /thrown: .*on purpose/s]) assert.match(faults, kind);
    });
    assert.equal(await somebody.page.title(), 'Lifeline Bank');
    await somebody.context.close();
  });
});
