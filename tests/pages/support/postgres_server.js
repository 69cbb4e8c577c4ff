// A PostgreSQL server for one test, with its own folder and a socket in it.
import { execFileSync } from 'node:child_process';
import { chownSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

function findPrograms() {
  const all = '/usr/lib/postgresql';
  try {
    return join(all, readdirSync(all).sort((a, b) => b - a)[0], 'bin');
  } catch {
    return '';  // otherwise the programs are on the path
  }
}

const programs = findPrograms();
const root = process.getuid() === 0;
const idOf = (user, which) => Number(execFileSync('id', [which, user], { encoding: 'utf8' }));
// PostgreSQL does not run as root: it then runs as its own user.
const as = root ? { uid: idOf('postgres', '-u'), gid: idOf('postgres', '-g') } : {};

export class PostgresServer {
  #folder = mkdtempSync(join(tmpdir(), 'bank-pg-'));

  constructor() {
    if (root) chownSync(this.#folder, as.uid, as.gid);
    this.#run('initdb', '--auth=trust', '--username=bank', '--no-sync', '--encoding=UTF8', '--locale=C', '-D', this.#data);
    this.start();
  }

  get #data() {
    return join(this.#folder, 'data');
  }

  get url() {
    return `host=${this.#folder} user=bank dbname=postgres`;
  }

  #run(program, ...options) {
    execFileSync(join(programs, program), options, { ...as, cwd: this.#folder, stdio: 'ignore' });
  }

  start() {
    const options = `-k ${this.#folder} -c listen_addresses='' -c fsync=off`;
    this.#run('pg_ctl', '-w', '-D', this.#data, '-o', options, '-l', join(this.#folder, 'log'), 'start');
  }

  /** Stops at once: connections break, and new ones fail. */
  stop() {
    this.#run('pg_ctl', '-w', '-D', this.#data, '-m', 'immediate', 'stop');
  }

  remove() {
    try {
      this.stop();
    } catch {
      // Already stopped.
    }
    rmSync(this.#folder, { recursive: true });
  }
}
