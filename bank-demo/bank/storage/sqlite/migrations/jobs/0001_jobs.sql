-- Jobs and their results. Times are Unix milliseconds; `number` orders jobs by arrival.
CREATE TABLE jobs (
  number     INTEGER PRIMARY KEY AUTOINCREMENT,
  id         TEXT NOT NULL UNIQUE,
  kind       TEXT NOT NULL,
  owner      TEXT NOT NULL,
  state      TEXT NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled',
                                            'interrupted')),
  progress   REAL NOT NULL,
  failure    TEXT NOT NULL,
  attempts   INTEGER NOT NULL,
  limit_ms   INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  ended_at   INTEGER
) STRICT;
CREATE INDEX jobs_by_owner ON jobs (owner, number);
CREATE INDEX jobs_unfinished ON jobs (number) WHERE state IN ('queued', 'running');
CREATE INDEX jobs_by_end ON jobs (ended_at) WHERE ended_at IS NOT NULL;

-- Inputs and results may be large: they have tables of their own, so that storing progress does not
-- rewrite them.
CREATE TABLE job_inputs (
  job  INTEGER PRIMARY KEY REFERENCES jobs (number),
  text TEXT NOT NULL
) STRICT;
CREATE TABLE job_results (
  job  INTEGER PRIMARY KEY REFERENCES jobs (number),
  text TEXT NOT NULL
) STRICT;
