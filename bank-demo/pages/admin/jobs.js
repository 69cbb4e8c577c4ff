// The list of jobs, and buttons to create and cancel them.
import { Problem } from '../common/api.js';
import { byId, element, setText } from '../common/dom.js';
import { timeText } from '../common/times.js';
import { countText, shareText } from './figures.js';
import { fillTable, setChip } from './table.js';

const columns = [{ title: 'Job' }, { title: 'State' }, { title: 'Progress' }, { title: 'Created by' }, { title: 'Created' }, { title: 'Ended' }, { title: 'Actions' }];
const states = {
  queued: ['idle', 'queued'], running: ['good', 'running'], succeeded: ['good', 'succeeded'], failed: ['bad', 'failed'],
  cancelled: ['idle', 'cancelled'], interrupted: ['warn', 'interrupted'],
};
const isOpen = (job) => job.state === 'queued' || job.state === 'running';

/** A job's state as text. */
export const stateText = (job) => states[job.state]?.[1] ?? job.state;

export class Jobs {
  #api;
  #changed;
  /** By job id: the DOM nodes of a row that contain more than text. */
  #rows = new Map();

  /** `changed()` is called after each action. */
  constructor(api, changed) {
    this.#api = api;
    this.#changed = changed;
    byId('job-verify').onclick = () => this.#begin('verify', 'The books are being verified.');
    byId('job-reconcile').onclick = () => this.#begin('reconcile', 'Balances, holds and histories are being compared.');
  }

  /** `jobs`: the node's list; `figures`: the overview's counts. */
  show(jobs, figures) {
    const open = jobs.filter(isOpen).length;
    const all = figures ? ` Since the start ${countText(figures.succeeded)} succeeded, ${countText(figures.failed)} failed, ${countText(figures.cancelled)} were cancelled.` : '';
    setText(byId('jobs-text'), `${open === 0 ? 'No job is queued or running.' : `${countText(open)} queued or running.`}${all}`);
    fillTable(byId('jobs-table'), columns, jobs.map((j) => this.#rowOf(j)), 'No jobs yet.');
    for (const id of this.#rows.keys()) if (!jobs.some((j) => j.id === id)) this.#rows.delete(id);
  }

  clear() {
    this.#rows.clear();
    this.#say('', '');
  }

  #rowOf(job) {
    const row = this.#rows.get(job.id) ?? this.#makeRow(job);
    setChip(row.chip, ...(states[job.state] ?? ['warn', job.state]));
    const progress = row.progress.firstChild;
    progress.value = job.progress;
    setText(progress, shareText(job.progress));
    row.progress.hidden = !isOpen(job);
    row.cancel.hidden = !isOpen(job);
    const ended = job.ended_at ? timeText(job.ended_at) : '';
    return [job.kind, row.chip, row.progress, job.created_by, timeText(job.created_at),
      job.failure ? `${ended}: ${job.failure}` : ended, row.cancel];
  }

  #makeRow(job) {
    const cancel = element('button', { type: 'button', class: 'quiet', 'aria-label': `Cancel the job ${job.kind} of ${timeText(job.created_at)}` }, 'Cancel');
    cancel.onclick = () => this.#cancel(job, cancel);
    const progress = element('progress', { max: '1', 'aria-label': `Progress of ${job.kind}` });
    const row = { chip: element('span'), progress: element('span', {}, progress), cancel };
    this.#rows.set(job.id, row);
    return row;
  }

  async #begin(kind, text) {
    await this.#send(() => this.#api.post('/v1/jobs', { kind }), text);
  }

  async #cancel(job, button) {
    button.disabled = true;
    await this.#send(() => this.#api.delete(`/v1/jobs/${job.id}`), `The job ${job.kind} is being cancelled.`);
    button.disabled = false;
    if (document.activeElement === document.body) byId('jobs').focus();
  }

  async #send(what, text) {
    try {
      await what();
      this.#say('good', text);
    } catch (problem) {
      if (!(problem instanceof Problem)) return;
      this.#say('bad', problem.status === 403 ? 'An auditor token may only read. Use an admin token.'
        : problem.code === 'invalid_state' ? 'That job has ended already.'
          : problem.code === 'no_answer' ? 'The node did not answer; the outcome is unknown.'
            : `The request failed: ${problem.detail || problem.code}.`);
    }
    this.#changed();
  }

  #say(kind, text) {
    const message = byId('jobs-message');
    message.dataset.kind = kind;
    setText(message, text);
  }
}
