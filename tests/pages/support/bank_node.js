// A real node, on a free port and in a folder of its own.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync, createWriteStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { randomUUID } from 'node:crypto';
import { servePages } from './page_server.js';

const program = process.env.NODE_UNDER_TEST;
if (!program) throw new Error('NODE_UNDER_TEST must name the program: start these tests with ctest');

const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

export class BankNode {
  #folder = mkdtempSync(join(tmpdir(), 'bank-pages-'));
  #child;
  #port = 0;
  #pages;
  /** Base URL of the pages: with PAGES_FROM, those of that folder instead of the compiled-in ones. */
  pageUrl;

  #variables;

  constructor(variables) {
    this.#variables = variables;
  }

  /** `config`: as the node's configuration file has it, where it differs from the defaults; `variables`: of
   * its environment, beside this process's. */
  static async start(config = {}, variables = {}) {
    const node = new BankNode(variables);
    writeFileSync(join(node.#folder, 'node.json'), JSON.stringify(config));
    await node.begin();
    return node;
  }

  /** Starts it again, on the same port. */
  async begin() {
    const data = join(this.#folder, 'data');
    this.#child = spawn(program,
      ['--config', join(this.#folder, 'node.json'), '--demo', '--port', `${this.#port}`, '--data-dir', data],
      { cwd: this.#folder, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...this.#variables } });
    running.add(this.#child);
    this.#child.stderr.pipe(createWriteStream(join(this.#folder, 'log'), { flags: 'a' }));
    for await (const line of createInterface({ input: this.#child.stdout })) {
      this.url = line.replace('listening on ', '');
      this.#port = Number(new URL(this.url).port);
      if (process.env.PAGES_FROM) this.#pages ??= await servePages(process.env.PAGES_FROM, this.url);
      this.pageUrl = this.#pages?.url ?? this.url;
      this.adminToken = readFileSync(join(data, 'admin.token'), 'utf8').trim();
      const tokens = readFileSync(join(data, 'demo.tokens'), 'utf8').trim().split('\n');
      this.tokens = Object.fromEntries(tokens.map((l) => l.split(' ')));
      return;
    }
    throw new Error(`the node did not start:\n${this.log()}`);
  }

  log() {
    return readFileSync(join(this.#folder, 'log'), 'utf8');
  }

  async #ended(signal) {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const end = new Promise((resolve) => child.once('exit', (status) => resolve(status)));
    child.kill(signal);
    const status = await end;
    running.delete(child);
    return status;
  }

  get pid() {
    return this.#child.pid;
  }

  /** No file of the node may grow beyond these bytes any more: so its store fails, as with a full disk.
   * 'unlimited' ends that. */
  limitFiles(bytes) {
    execFileSync('prlimit', ['--pid', `${this.pid}`, `--fsize=${bytes}:unlimited`]);
  }

  kill() {
    return this.#ended('SIGKILL');
  }

  /** Returns the exit status. */
  async stop() {
    const status = await this.#ended('SIGTERM');
    this.#pages?.close();
    rmSync(this.#folder, { recursive: true });
    return status;
  }

  /** Creates a customer or auditor token with `bank-node token create` while the node runs. */
  makeToken(owner, role = 'customer') {
    const data = join(this.#folder, 'data');
    const command = ['token', 'create', '--role', role, ...(owner ? ['--owner', owner] : []), '--data-dir', data];
    return execFileSync(program, command, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  }

  async ask(path, { token = this.adminToken, body } = {}) {
    const answer = await fetch(this.url + path, {
      method: body ? 'POST' : 'GET',
      headers: { Authorization: `Bearer ${token}`, ...(body ? { 'Content-Type': 'application/json' } : {}) },
      body: body && JSON.stringify(body),
    });
    const json = await answer.json();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${JSON.stringify(json)}`);
    return json;
  }

  async accountsOf(owner) {
    return (await this.ask(`/v1/accounts?owner=${owner}`)).data;
  }

  async account(owner, type) {
    return (await this.accountsOf(owner)).find((a) => a.type === type);
  }

  transfer(from, to, amount, more = {}) {
    return this.ask('/v1/transfers', { body: { id: randomUUID(), from, to, amount, currency: 'USD', ...more } });
  }
}
