-- Requests, errors and figures of the node, kept for a limited time. Times are Unix
-- milliseconds.
CREATE TABLE request_logs (
  number     INTEGER PRIMARY KEY,
  at         INTEGER NOT NULL,
  request_id TEXT NOT NULL,
  trace_id   TEXT NOT NULL,
  method     TEXT NOT NULL,
  route      TEXT NOT NULL,
  path       TEXT NOT NULL,
  caller     TEXT NOT NULL,
  status     INTEGER NOT NULL,
  took_us    INTEGER NOT NULL
) STRICT;
CREATE INDEX request_logs_by_time ON request_logs (at);

CREATE TABLE error_logs (
  number     INTEGER PRIMARY KEY,
  at         INTEGER NOT NULL,
  request_id TEXT NOT NULL,
  method     TEXT NOT NULL,
  route      TEXT NOT NULL,
  path       TEXT NOT NULL,
  caller     TEXT NOT NULL,
  status     INTEGER NOT NULL,
  code       TEXT NOT NULL,
  detail     TEXT NOT NULL
) STRICT;
CREATE INDEX error_logs_by_time ON error_logs (at);

CREATE TABLE system_metrics (
  number INTEGER PRIMARY KEY,
  at     INTEGER NOT NULL,
  name   TEXT NOT NULL,
  value  REAL NOT NULL
) STRICT;
CREATE INDEX system_metrics_by_time ON system_metrics (at);
CREATE INDEX system_metrics_by_name ON system_metrics (name, at);
