-- Jobs and their results; `number` orders jobs by arrival. Inputs and results may be large: they have
-- tables of their own, so that storing progress does not rewrite them.
CREATE TABLE jobs (
  number     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id         text COLLATE "C" NOT NULL UNIQUE,
  kind       text NOT NULL,
  owner      text NOT NULL,
  state      text NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled',
                                            'interrupted')),
  progress   double precision NOT NULL,
  failure    text NOT NULL,
  attempts   bigint NOT NULL,
  limit_ms   bigint NOT NULL,
  created_at timestamptz NOT NULL,
  started_at timestamptz,
  ended_at   timestamptz
);
CREATE INDEX jobs_by_owner ON jobs (owner, number);
CREATE INDEX jobs_unfinished ON jobs (number) WHERE state IN ('queued', 'running');
CREATE INDEX jobs_by_end ON jobs (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE job_inputs (
  job  bigint PRIMARY KEY REFERENCES jobs (number) ON DELETE CASCADE,
  text text NOT NULL
);
CREATE TABLE job_results (
  job  bigint PRIMARY KEY REFERENCES jobs (number) ON DELETE CASCADE,
  text text NOT NULL
);
-- Further ids of jobs: of requests with a key that joined a running job.
CREATE TABLE job_links (
  id  text COLLATE "C" PRIMARY KEY,
  job bigint NOT NULL REFERENCES jobs (number) ON DELETE CASCADE
);
CREATE INDEX job_links_by_job ON job_links (job);
