-- Further ids of jobs: of requests with a key that joined a running job.
CREATE TABLE job_links (
  id  TEXT PRIMARY KEY,
  job INTEGER NOT NULL REFERENCES jobs (number)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_links_by_job ON job_links (job);
