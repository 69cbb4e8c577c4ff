// Uses the generated client as a customer of the bank would. Compiled with --strict: a type that is wrong
// or missing in the description does not compile.
import createClient from 'openapi-fetch';
import type { components, paths } from './api.js';

type Schemas = components['schemas'];
export type Client = ReturnType<typeof createClient<paths>>;
type Answer<T> = { data?: T; error?: unknown; response: Response };

export function clientOf(baseUrl: string, token: string, fetch: (request: Request) => Promise<Response>): Client {
  return createClient<paths>({ baseUrl, fetch, headers: { Authorization: `Bearer ${token}` } });
}

function expect(holds: boolean, claim: string): asserts holds {
  if (!holds) throw new Error(`not so: ${claim}`);
}

function given<T>({ data, error, response }: Answer<T>): T {
  if (data === undefined) throw new Error(`${response.status} ${response.url}: ${JSON.stringify(error)}`);
  return data;
}

function refused({ error, response }: { error?: Schemas['problem']; response: Response }, code: Schemas['problem']['code']) {
  expect(error?.code === code && error.status === response.status, `${response.url} answers ${code}`);
  return error;
}

const dollars = { currency: 'USD' } as const;

async function openAccount(bank: Client, owner: string): Promise<Schemas['account']> {
  return given(await bank.POST('/v1/accounts', { body: { type: 'checking', owner, ...dollars } }));
}

export async function openAndMove(bank: Client) {
  const [from, to] = [await openAccount(bank, 'ann'), await openAccount(bank, 'ben')];
  const amount = 2 ** 40;  // exceeds 32 bits
  given(await bank.POST('/v1/transfers', { body: { from: 'world', to: from.id, amount, ...dollars } }));
  const body = { from: from.id, to: to.id, amount: 2 ** 33, memo: 'rent', metadata: { month: '11' }, ...dollars };
  const header = { 'Idempotency-Key': 'rent-11' };
  const moved = given(await bank.POST('/v1/transfers', { params: { header }, body }));
  const again = await bank.POST('/v1/transfers', { params: { header }, body });
  expect(given(again).id === moved.id && again.response.headers.get('Idempotency-Replayed') === 'true', 'a repetition moves nothing');

  const path = { id: from.id };
  const read = await bank.GET('/v1/accounts/{id}', { params: { path } });
  expect(given(read).balance.available === amount - moved.amount, 'the balance is what was brought less what was moved');
  const unchanged = await bank.GET('/v1/accounts/{id}', {
    params: { path, header: { 'If-None-Match': read.response.headers.get('ETag') ?? '' } },
    parseAs: 'text',
  });
  expect(unchanged.response.status === 304, 'an account that has not changed is 304');
  expect(given(await bank.GET('/v1/accounts/{id}/balance', { params: { path } })).posted === amount - moved.amount, 'so says its history');
  const statement = given(await bank.GET('/v1/accounts/{id}/statement', { params: { path } }));
  expect(typeof statement === 'object' && statement.totals.credits === amount && statement.data.length === 2, 'the statement has both');
  const csv = await bank.GET('/v1/accounts/{id}/statement', { params: { path, query: { format: 'csv' } }, parseAs: 'text' });
  expect(`${given(csv)}`.startsWith('row,sequence,'), 'it comes as CSV, too');
  given(await bank.GET('/v1/transfers/{id}', { params: { path: { id: moved.id } } }));
  const back = given(await bank.POST('/v1/transfers/{id}/reverse', { params: { path: { id: moved.id } } }));
  expect(back.reverses === moved.id, 'a reversal names what it takes back');
  const changed = given(await bank.PATCH('/v1/accounts/{id}', { params: { path: { id: to.id } }, body: { state: 'frozen' } }));
  expect(changed.state === 'frozen' && changed.version > to.version, 'a change makes a new version');
  const found = given(await bank.GET('/v1/search', { params: { query: { q: 'rent', types: 'transfers' } } }));
  expect(found.transfers?.[0]?.id === moved.id && found.incomplete.length === 0, 'the search finds it');
  return from;
}

/** All rows of a list, page by page. */
async function allOf<Row>(page: (cursor?: string) => Promise<{ data: Row[]; next_cursor: string | null }>): Promise<Row[]> {
  const rows: Row[] = [];
  let cursor: string | undefined;
  do {
    const { data, next_cursor } = await page(cursor);
    rows.push(...data);
    cursor = next_cursor ?? undefined;
  } while (cursor !== undefined);
  return rows;
}

export async function pageThroughLists(bank: Client, account: Schemas['account']) {
  const accounts = await allOf(async (cursor) => given(await bank.GET('/v1/accounts', { params: { query: { limit: 1, cursor } } })));
  expect(new Set(accounts.map((a) => a.id)).size === accounts.length && accounts.length > 2, 'each account comes once');
  const transfers = await allOf(async (cursor) => given(await bank.GET('/v1/transfers', { params: { query: { account: account.id, limit: 1, cursor } } })));
  const history = await allOf(async (cursor) =>
    given(await bank.GET('/v1/accounts/{id}/history', { params: { path: { id: account.id }, query: { limit: 1, cursor } } })));
  expect(transfers.length === 3 && history.length === 3, 'three transfers touched it');
  const newest: number | undefined = history[0]?.balance_after;
  expect(newest === 2 ** 40, 'the newest row has the balance after it');
}

export async function holdMoney(bank: Client, from: Schemas['account']) {
  const to = await openAccount(bank, 'shop');
  const hold = async (amount: number) =>
    given(await bank.POST('/v1/transfers', { body: { from: from.id, to: to.id, amount, pending: true, expires_in: 3600, ...dollars } }));
  const [first, second] = [await hold(500), await hold(700)];
  const posted = given(await bank.POST('/v1/transfers/{id}/post', { params: { path: { id: first.id } }, body: { amount: 300 } }));
  expect(posted.amount === 300 && posted.held_amount === 500, 'a part of a hold is posted');
  const voided = given(await bank.POST('/v1/transfers/{id}/void', { params: { path: { id: second.id } } }));
  expect(voided.state === 'voided' && voided.posted_at === null, 'the other is voided');
}

export async function moveMany(bank: Client, from: Schemas['account']) {
  const to = await openAccount(bank, 'staff');
  const pay = (amount: number): Schemas['new_transfer'] => ({ from: from.id, to: to.id, amount, ...dollars });
  const { data } = given(await bank.POST('/v1/transfers/batch', { body: { transfers: [pay(100), pay(2 ** 50)] } }));
  const [made, turnedDown] = data;
  expect(made !== undefined && 'transfer' in made && made.transfer.amount === 100, 'the first is made');
  expect(turnedDown !== undefined && 'code' in turnedDown && turnedDown.code === 'insufficient_funds', 'the second is not');
}

export async function orderPayments(bank: Client, from: Schemas['account']) {
  const to = await openAccount(bank, 'landlord');
  const first_at = new Date(Date.now() + 86_400_000).toISOString();
  const order = given(await bank.POST('/v1/standing-orders', { body: { from: from.id, to: to.id, amount: 900, every: 'month', first_at, ...dollars } }));
  const path = { id: order.id };
  const ended = await bank.DELETE('/v1/standing-orders/{id}', { params: { path } });
  expect(ended.response.status === 204, 'an order is deleted with 204');
  expect(given(await bank.GET('/v1/standing-orders/{id}', { params: { path } })).state === 'deleted', 'it can be read after');
  const listed = given(await bank.GET('/v1/standing-orders', { params: { query: { state: 'deleted' } } }));
  expect(listed.data.some((o) => o.id === order.id), 'and is listed');
}

/** Reads events until this one arrives. */
async function hear(stream: ReadableStream<Uint8Array>, ends: (event: string) => boolean) {
  const [reader, decoder] = [stream.getReader(), new TextDecoder()];
  let text = '';
  for (;;) {
    const { value, done } = await reader.read();
    expect(!done, 'the stream goes on');
    text += decoder.decode(value, { stream: true });
    const events = text.split('\n\n');
    text = events.pop() ?? '';
    if (events.some(ends)) return reader.cancel();
  }
}

export async function runJobs(bank: Client, account: Schemas['account']) {
  const events = await bank.GET('/v1/events', { params: { query: { topics: 'jobs' } }, parseAs: 'stream' });
  const stream: unknown = given(events);
  expect(stream instanceof ReadableStream, 'events are streamed');
  const job = given(await bank.POST('/v1/jobs', { body: { kind: 'statement', parameters: { account: account.id, format: 'json' } } }));
  await hear(stream, (event) => event.includes(job.id) && event.includes('"succeeded"'));
  const path = { id: job.id };
  const done = given(await bank.GET('/v1/jobs/{id}', { params: { path } }));
  expect(done.state === 'succeeded' && done.progress === 1 && done.result !== null, 'a job has its result');
  refused(await bank.DELETE('/v1/jobs/{id}', { params: { path } }), 'invalid_state');
  expect(given(await bank.GET('/v1/jobs', { params: { query: { kind: 'statement' } } })).data.length === 1, 'jobs are listed');
}

export async function manageTokens(bank: Client, withToken: (token: string) => Client) {
  const issued = given(await bank.POST('/v1/admin/tokens', { body: { role: 'customer', owner: 'ann', expires_in: 2 ** 31 } }));
  expect(issued.secret !== null, 'the secret is shown once');
  const ann = withToken(issued.secret);
  const own = given(await ann.GET('/v1/accounts')).data;
  expect(own.length === 1 && own[0]?.owner === 'ann', 'customers see their own accounts');
  refused(await ann.GET('/v1/admin/tokens'), 'forbidden');
  expect(given(await bank.GET('/v1/admin/tokens')).data.some((t) => t.id === issued.id), 'tokens are listed');
  await bank.DELETE('/v1/admin/tokens/{id}', { params: { path: { id: issued.id } } });
  refused(await ann.GET('/v1/accounts'), 'unauthenticated');
}

export async function readErrors(bank: Client, account: Schemas['account']) {
  const body = { from: account.id, to: 'world', amount: 2 ** 52, ...dollars };
  const funds = refused(await bank.POST('/v1/transfers', { body }), 'insufficient_funds');
  expect(funds.request_id.length > 0 && funds.detail.length > 0, 'a problem says what is wrong');
  const field = refused(await bank.POST('/v1/transfers', { body: { ...body, amount: 0 } }), 'invalid_field');
  expect(field.field === 'amount', 'and in which field');
  refused(await bank.GET('/v1/transfers/{id}', { params: { path: { id: account.id } } }), 'not_found');
}

export async function watchTheNode(bank: Client) {
  const overview = given(await bank.GET('/v1/admin/overview'));
  expect(overview.state === 'serving' && overview.ledger.healthy, 'the node is well');
  expect(given(await bank.GET('/v1/admin/actors')).tree.some((a) => a.state === 'running'), 'its actors run');
  expect(given(await bank.GET('/v1/admin/money')).currencies.every((c) => c.sum === 0), 'no money was made or lost');
  expect(given(await bank.GET('/v1/admin/requests')).requests >= 0, 'requests are summed up');
  expect(given(await bank.GET('/v1/admin/errors')).patterns.length >= 0, 'and errors');
  expect(given(await bank.GET('/v1/admin/history', { params: { query: { window: '1h' } } })).window_seconds === 3600, 'of a window of time');
  given(await bank.GET('/v1/admin/config'));
  expect(given(await bank.GET('/livez')).status === 'live', 'it lives');
  expect(given(await bank.GET('/readyz')).status === 'ready', 'it can serve');
  expect(given(await bank.GET('/healthz')).status === 'ready', 'which has two names');
  given(await bank.GET('/openapi.json'));
  const text = { parseAs: 'text' } as const;
  const named = (id: string) => ({ ...text, params: { path: { id } } });
  given(await bank.GET('/metrics', text));
  given(await bank.GET('/', text));
  given(await bank.GET('/admin', text));
  given(await bank.GET('/pages/admin/{id}', named('admin.js')));
  given(await bank.GET('/pages/customer/{id}', named('customer.js')));
  given(await bank.GET('/pages/common/{id}', named('money.js')));
}

/** Never called: code that must not compile. A line that compiles is an error itself. */
export async function mustNotCompile(bank: Client, account: Schemas['account'], transfer: Schemas['transfer']) {
  // @ts-expect-error There is no such path.
  await bank.GET('/v1/cheques');
  // @ts-expect-error An amount is a number.
  await bank.POST('/v1/transfers', { body: { from: 'world', to: account.id, amount: '5', ...dollars } });
  // @ts-expect-error There must be an amount.
  await bank.POST('/v1/transfers', { body: { from: 'world', to: account.id, ...dollars } });
  // @ts-expect-error Unknown members are refused.
  const tipped: Schemas['new_transfer'] = { from: 'world', to: account.id, amount: 5, currency: 'USD', tip: 1 };
  // @ts-expect-error An account is not of this type.
  await bank.POST('/v1/accounts', { body: { type: 'world', ...dollars } });
  // @ts-expect-error Nor in this state.
  await bank.GET('/v1/accounts', { params: { query: { state: 'melted' } } });
  // @ts-expect-error A limit is a number.
  await bank.GET('/v1/accounts', { params: { query: { limit: 'all' } } });
  // @ts-expect-error The path has a parameter.
  await bank.GET('/v1/accounts/{id}');
  // @ts-expect-error A reference may be null.
  account.ref.length;
  // @ts-expect-error So may the time at which it was posted.
  transfer.posted_at.length;
  // @ts-expect-error Only a history's row has the balance after it.
  transfer.balance_after;
  // @ts-expect-error A problem's code must be one of the described codes.
  refused({ response: new Response() }, 'bad_luck');
}
