-- Requests, errors and figures of the node, kept for a limited time.
CREATE TABLE request_logs (
  number     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at         timestamptz NOT NULL,
  request_id text NOT NULL,
  trace_id   text NOT NULL,
  method     text COLLATE "C" NOT NULL,
  route      text COLLATE "C" NOT NULL,
  path       text NOT NULL,
  caller     text NOT NULL,
  status     bigint NOT NULL,
  took_us    bigint NOT NULL
);
CREATE INDEX request_logs_by_time ON request_logs (at);

CREATE TABLE error_logs (
  number     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at         timestamptz NOT NULL,
  request_id text NOT NULL,
  method     text COLLATE "C" NOT NULL,
  route      text COLLATE "C" NOT NULL,
  path       text NOT NULL,
  caller     text NOT NULL,
  status     bigint NOT NULL,
  code       text COLLATE "C" NOT NULL,
  detail     text NOT NULL
);
CREATE INDEX error_logs_by_time ON error_logs (at);

CREATE TABLE system_metrics (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at     timestamptz NOT NULL,
  name   text COLLATE "C" NOT NULL,
  value  double precision NOT NULL
);
CREATE INDEX system_metrics_by_time ON system_metrics (at);
CREATE INDEX system_metrics_by_name ON system_metrics (name, at);
