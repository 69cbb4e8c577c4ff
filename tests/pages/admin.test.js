// The operations page, against real nodes: idle, under load, without a store, restarted.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { BankNode } from './support/bank_node.js';
import { PostgresServer } from './support/postgres_server.js';
import { Visitor, eventually, launch, phone } from './support/browser.js';

let browser;
let visitors = [];
let loads = [];

before(async () => (browser = await launch()));
after(() => browser?.close());

const come = async (node, options) => {
  const visitor = await Visitor.come(browser, `${node.pageUrl}/admin`, { viewport: { width: 1280, height: 900 }, ...options });
  visitors.push(visitor);
  return visitor;
};
const enter = async (visitor, token) => {
  await visitor.page.getByLabel('Token').fill(token);
  await visitor.page.getByRole('button', { name: 'Log in' }).click();
};
const watch = async (node, options) => {
  const admin = await come(node, options);
  await enter(admin, node.adminToken);
  await admin.page.locator('#connection[data-state=live]').waitFor();
  await admin.page.locator('.actor').first().waitFor();
  return admin;
};

/** Runs with a node of its own. At the end each visitor leaves, and fails on errors in the background. */
async function runVisit(config, run, variables) {
  visitors = [];
  loads = [];
  const node = await BankNode.start(config, variables);
  try {
    await run(node);
    for (const v of visitors) await v.leave();
  } catch (why) {
    for (const [i, v] of visitors.entries()) await v.shoot(`failed-admin-${i}`).catch(() => {});
    for (const v of visitors) if (v.faults().length > 0) console.error(v.faults().join('\n'));
    throw why;
  } finally {
    for (const load of loads) load.stop();
    for (const v of visitors) await v.context.close().catch(() => {});
    await node.stop();
  }
}
const visit = (claim, run) => test(claim, { timeout: 120_000 }, () => runVisit({}, run));

const verdict = (visitor) => visitor.page.locator('#verdict').innerText();
const verdictIs = (visitor, pattern) => eventually(async () => assert.match(await verdict(visitor), pattern));
const textOf = (visitor, selector) => visitor.page.locator(selector).innerText();

/** Transfers from `n` tellers, ignoring errors, until `stop` is called or the visit ends. */
function makeLoad(node, account, n = 6) {
  let over = false;
  const teller = async () => {
    while (!over) {
      await node.transfer('world', account.id, 1).catch(() => new Promise((resolve) => setTimeout(resolve, 20)));
      await node.ask(`/v1/accounts/${account.id}`).catch(() => {});
    }
  };
  const all = Promise.all(Array.from({ length: n }, teller));
  const load = { stop: () => ((over = true), all) };
  loads.push(load);
  return load;
}

/** Number of colours on a canvas: 1 if nothing was drawn. */
const coloursOf = (visitor, id) => visitor.page.evaluate((name) => {
  const canvas = document.getElementById(name);
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return new Set(new Uint32Array(data.buffer)).size;
}, id);

describe('logging in', () => {
  visit('accepts an admin token only, keeps it in this tab, and explains refusals', async (node) => {
    const somebody = await come(node);
    somebody.expectAnswers(401, 403);
    await somebody.expectAccessible();
    const error = somebody.page.locator('#token-error');
    for (const [token, pattern] of [['', /Paste your token/], ['wrong', /does not accept this token/], [node.tokens.alice, /customer token; use it on the customer page/]]) {
      await enter(somebody, token);
      await eventually(async () => assert.match(await error.innerText(), pattern));
      assert.equal(await somebody.page.locator('#watch').isVisible(), false);
    }
    await somebody.shoot('admin-login');
    await enter(somebody, node.adminToken);
    await verdictIs(somebody, /^The node is healthy\.$/);
    assert.equal(await somebody.page.evaluate(() => document.activeElement.id), 'verdict');
    const kept = await somebody.page.evaluate(() => [Object.values(sessionStorage), localStorage.length, document.cookie, location.pathname]);
    assert.deepEqual(kept, [[node.adminToken], 0, '', '/admin']);
    await somebody.page.reload();
    await verdictIs(somebody, /^The node is healthy\.$/);
    await somebody.page.getByRole('button', { name: 'Log out' }).click();
    assert.equal(await somebody.page.evaluate(() => sessionStorage.length), 0);
    assert.equal(await somebody.page.locator('#watch').isVisible(), false);
  });

  visit('ends when the token is not valid any more', async (node) => {
    const admin = await watch(node);
    admin.expectAnswers(401);
    const problem = { status: 401, contentType: 'application/problem+json', body: '{"status":401,"code":"unauthenticated","detail":"x"}' };
    await admin.page.route('**/v1/**', (route) => route.fulfill(problem));
    await eventually(async () => assert.match(await textOf(admin, '#token-error'), /does not accept this token/));
    assert.equal(await admin.page.evaluate(() => sessionStorage.length), 0);
  });
});

describe('an idle node', () => {
  visit('is healthy, and looks alive', async (node) => {
    const admin = await watch(node);
    await verdictIs(admin, /^The node is healthy\.$/);
    await eventually(async () => assert.match(await textOf(admin, '#verdict-more'), /^Serving for .*the node is ready/));
    for (const part of ['node', 'ledger', 'journal', 'store', 'cache', 'limiter', 'bus', 'messages', 'log']) {
      assert.doesNotMatch(await textOf(admin, `#${part}`), /undefined|NaN|null/, part);
      assert.match(await textOf(admin, `#${part} .text`), /\w.*\.$/, part);
    }
    assert.match(await textOf(admin, '#store .chip'), /available/);
    await eventually(async () => assert.match(await textOf(admin, '#money-table'), /USD\s+0\.00/));
    assert.match(await textOf(admin, '#money-text'), /Every currency sums to 0/);
    await eventually(async () => assert.ok(await coloursOf(admin, 'throughput') > 5));
    assert.match(await textOf(admin, '[data-path="node/journal"]'), /running\s*journal\s*started once/);
    assert.match(await textOf(admin, '#actors-text'), /all running; none has failed/);
    for (const kind of ['transaction processor', 'rate limiter', 'cache shard', 'ticker', 'log sink']) {
      assert.match(await textOf(admin, '#kinds'), new RegExp(`${kind}\\s`));
    }
    await eventually(async () => assert.match(await textOf(admin, '#bus table'), /sse/));
    assert.match(await textOf(admin, '#log'), /Lines dropped\s+0/);
    assert.match(await admin.page.title(), /Healthy/);
    await eventually(async () => assert.match(await admin.page.locator('#throughput').getAttribute('aria-label'), /requests \d/));
    await admin.shoot('admin-idle');
    await admin.expectAccessible();
  });

  visit('fits a phone and a dark theme, and works by keyboard', async (node) => {
    const admin = await watch(node, { ...phone, colorScheme: 'dark' });
    await verdictIs(admin, /^The node is healthy\.$/);
    await eventually(async () => assert.ok(await coloursOf(admin, 'latency') > 5));
    const width = await admin.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(width[0] <= width[1], `${width}`);
    await admin.shoot('admin-phone-dark');
    await admin.expectAccessible();
    const config = admin.page.locator('#config');
    await admin.page.locator('summary', { hasText: 'configuration' }).focus();
    await admin.page.keyboard.press('Enter');
    await eventually(async () => assert.match(await config.innerText(), /"rate_limit"/));
    const directories = admin.page.locator('summary', { hasText: '× directory' });
    await directories.focus();
    await admin.page.keyboard.press('Enter');
    await admin.page.locator('[data-path="node/ledger/directory 0"]').waitFor();
    await new Promise((resolve) => setTimeout(resolve, 4_500));
    assert.ok(await admin.page.locator('[data-path="node/ledger/directory 0"]').isVisible(), 'stays open while the page goes on');
  });

  visit('gets no requests while the page is hidden', async (node) => {
    const admin = await watch(node);
    await admin.page.evaluate(() => Object.defineProperty(document, 'hidden', { value: true, configurable: true }));
    await new Promise((resolve) => setTimeout(resolve, 500));
    let asked = 0;
    admin.page.on('request', () => asked++);
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    assert.equal(asked, 0);
    await admin.page.evaluate(() => {
      Object.defineProperty(document, 'hidden', { value: false, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await eventually(() => assert.ok(asked > 0));
  });
});

describe('a node under load', () => {
  visit('shows its activity', async (node) => {
    const account = await node.account('alice', 'checking');
    const admin = await watch(node);
    const load = makeLoad(node, account);
    const wrong = await fetch(`${node.url}/v1/transfers`, {
      method: 'POST', body: '{"from":"world"}', headers: { Authorization: `Bearer ${node.adminToken}`, 'Content-Type': 'application/json' },
    });
    assert.equal(wrong.status, 400);
    await eventually(async () => assert.match(await textOf(admin, '#verdict-more'), /[\d,]+ requests per second; median latency/));
    await eventually(async () => assert.match(await textOf(admin, '#throughput-legend'), /requests\s[\d,]{2,}\sledger entries\s[\d,]{2,}/));
    await eventually(async () => assert.match(await textOf(admin, '#slowest'), /POST \/v1\/transfers/));
    await eventually(async () => assert.match(await textOf(admin, '#patterns'), /POST \/v1\/transfers\s+400\s+invalid_field/));
    await eventually(async () => assert.match(await textOf(admin, '#journal .text'), /^Each commit has/));
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    await admin.shoot('admin-load');
    await load.stop();
    await admin.expectAccessible();
  });
});

describe('a node whose store fails', () => {
  test('is named at the top and in its component, and is resolved later', { timeout: 180_000 }, async () => {
    const server = new PostgresServer();
    try {
      await runVisit({ store: 'postgres', postgres: { url: server.url } }, async (node) => {
        const account = await node.account('alice', 'checking');
        const admin = await watch(node);
        admin.expectAnswers(503, 504);
        await verdictIs(admin, /^The node is healthy\.$/);
        const load = makeLoad(node, account);
        await eventually(async () => assert.match(await textOf(admin, '#verdict-more'), /requests per second/));
        server.stop();
        await verdictIs(admin, /^The store does not answer/);
        await eventually(async () => assert.match(await textOf(admin, '#store .chip'), /circuit open/));
        await eventually(async () => assert.match(await textOf(admin, '#ledger .chip'), /^refuses transfers$/));
        await eventually(async () => assert.match(await textOf(admin, '#live-events'), /Alarm: too many requests fail/));
        await eventually(async () => assert.match(await admin.page.locator('#errors').getAttribute('aria-label'), /failed [1-9]/));
        assert.match(await textOf(admin, '#verdict-others'), /Too many requests fail/);
        assert.match(await admin.page.title(), /Problem/);
        await admin.shoot('admin-store-down');
        await admin.expectAccessible();
        server.start();
        await eventually(async () => assert.match(await textOf(admin, '#store .chip'), /^available$/));
        await eventually(async () => assert.match(await textOf(admin, '#live-events'), /Resolved\s+[\d:]+\s+The store d/));
        await load.stop();
      });
    } finally {
      server.remove();
    }
  });

  visit('to write: transfers are refused, and it is resolved later', async (node) => {
    const account = await node.account('alice', 'checking');
    const admin = await watch(node);
    admin.expectAnswers(503, 504);
    await verdictIs(admin, /^The node is healthy\.$/);
    const load = makeLoad(node, account);
    node.limitFiles(4096);
    // By what is known at the moment: the outcome of a commit, the store, or the cause.
    const lines = 'The store d(?:id|oes) not|Writes are refused \\(503\\), reads are answered';
    await verdictIs(admin, new RegExp(`^(${lines})`));
    node.limitFiles('unlimited');
    await eventually(async () => assert.match(await textOf(admin, '#live-events'), new RegExp(`Resolved\\s+[\\d:]+\\s+(${lines})`)));
    await load.stop();
  });
});

describe('a node that stops and starts again', () => {
  visit('is shown as not answering, then as healthy, without a reload', async (node) => {
    const admin = await watch(node);
    admin.expectNetworkToFail();
    await verdictIs(admin, /^The node is healthy\.$/);
    await node.kill();
    await verdictIs(admin, /^The node does not answer\. The data below is from \d\d:\d\d:\d\d\./);
    assert.equal(await admin.page.locator('#connection').getAttribute('data-state'), 'lost');
    await admin.shoot('admin-away');
    await admin.expectAccessible();
    await node.begin();
    await verdictIs(admin, /^The node is healthy\.$/);
    assert.match(await textOf(admin, '#live-events'), /The node restarted/);
    assert.match(await textOf(admin, '#live-events'), /Resolved\s+[\d:]+\s+The node does not answer/);
  });

  visit('that hangs is shown as not answering', async (node) => {
    const admin = await watch(node);
    admin.expectNetworkToFail();
    process.kill(node.pid, 'SIGSTOP');
    try {
      await verdictIs(admin, /^The node does not answer\./);
    } finally {
      process.kill(node.pid, 'SIGCONT');
    }
    await verdictIs(admin, /^The node is healthy\.$/);
  });
});

describe('an actor that crashed', () => {
  test('is named at the top and in the tree, with the reason, and works again', { timeout: 180_000 }, () =>
    runVisit({}, async (node) => {
      const admin = await watch(node);
      await verdictIs(admin, /^The actor node\/rate_limiter failed and was restarted at .*: .*made to fail by BANK_FAULT_CRASH_ACTOR/);
      assert.equal(await admin.page.locator('#top').getAttribute('data-level'), 'warn');
      const row = admin.page.locator('[data-path="node/rate_limiter"]');
      await eventually(async () => assert.match(await row.innerText(), /restarted\s*rate_limiter\s*started 2 times, failed once .*last reason: .*made to fail/));
      const { events } = await node.ask('/v1/admin/actors');
      const exit = events.find((e) => e.child === 'rate_limiter' && e.event === 'exited');
      assert.match(exit.reason, /made to fail/);
      assert.match(node.log(), /node: rate_limiter exited \(.*made to fail.*, restarts in/);
      const { limiter } = await node.ask('/v1/admin/overview');
      await fetch(`${node.url}/v1/accounts`, { headers: { Authorization: `Bearer ${node.tokens.alice}` } });
      await eventually(async () => assert.ok((await node.ask('/v1/admin/overview')).limiter.admitted > limiter.admitted));
      await admin.shoot('admin-crash');
      await admin.expectAccessible();
    }, { BANK_FAULT_CRASH_ACTOR: 'rate_limiter' }));

  // A real actor is down too briefly to be seen: here the node's answer is changed to one that stays down.
  visit('is named while it is down', async (node) => {
    const admin = await watch(node);
    await admin.page.route('**/v1/admin/actors', async (route) => {
      const answer = await route.fetch();
      const actors = await answer.json();
      for (const path of ['node/ledger/directory 3', 'node/ledger/directory 4']) {
        Object.assign(actors.tree.find((a) => a.path === path), { state: 'restarting', failures: 1, starts: 2, since: new Date().toISOString(), last_reason: 'std::bad_alloc' });
      }
      await route.fulfill({ response: answer, json: actors });
    });
    await verdictIs(admin, /^The actor node\/ledger\/directory 3 is restarting: std::bad_alloc; 1 other actor is down, too\.$/);
    const row = admin.page.locator('[data-path="node/ledger/directory 3"]');
    await eventually(async () => assert.match(await row.innerText(), /restarting\s*directory 3\s*started 2 times, failed once .*last reason: std::bad_alloc/));
  });
});

describe('jobs', () => {
  visit('are created, shown and cancelled', async (node) => {
    const admin = await watch(node);
    const { page } = admin;
    await page.getByRole('button', { name: 'Verify the books' }).click();
    await eventually(async () => assert.match(await textOf(admin, '#jobs-table'), /verify\s+succeeded/));
    await eventually(async () => assert.match(await textOf(admin, '#money-text'), /is verified up to entry \d+/));
    assert.match(await textOf(admin, '#live-events'), /Job verify: succeeded/);
    // One that lasts: an import of many rows.
    const rows = Array.from({ length: 40_000 }, (_, i) => `${i + 1},1,2024-01-11,credit,1,cash_deposit,,`);
    const files = {
      'accounts.csv': 'account,opened,statement\n1,2024-01-11,monthly\n',
      'transactions.csv': `id,account,date,direction,amount_minor,kind,counterparty_bank,counterparty_account\n${rows.join('\n')}\n`,
    };
    await node.ask('/v1/jobs', { body: { kind: 'import', parameters: { currency: 'CZK', files } } });
    const cancel = page.getByRole('button', { name: /^Cancel the job import/ });
    await cancel.click();
    await eventually(async () => assert.match(await textOf(admin, '#jobs-table'), /import\s+cancelled/));
    assert.equal(await cancel.isVisible(), false);
    await admin.shoot('admin-jobs');
    await admin.expectAccessible();
  });

  visit('are readable for an auditor, who can’t create them', async (node) => {
    const auditor = await come(node);
    auditor.expectAnswers(403);
    await enter(auditor, node.makeToken('', 'auditor'));
    await verdictIs(auditor, /^The node is healthy\.$/);
    await auditor.page.getByRole('button', { name: 'Reconcile' }).click();
    await eventually(async () => assert.match(await textOf(auditor, '#jobs-message'), /auditor token may only read/));
  });
});
