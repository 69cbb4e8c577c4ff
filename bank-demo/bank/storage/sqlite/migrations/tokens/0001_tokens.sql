-- Access tokens: never the secret, only its SHA-256. Times are Unix milliseconds.
CREATE TABLE tokens (
  id         TEXT PRIMARY KEY,
  hash       BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
  role       TEXT NOT NULL CHECK (role IN ('admin', 'customer', 'auditor')),
  owner      TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER
) STRICT, WITHOUT ROWID;
