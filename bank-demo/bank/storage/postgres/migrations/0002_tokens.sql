-- Access tokens: never the secret, only its SHA-256.
CREATE TABLE tokens (
  id         text COLLATE "C" PRIMARY KEY,
  hash       bytea NOT NULL UNIQUE CHECK (length(hash) = 32),
  role       text NOT NULL CHECK (role IN ('admin', 'customer', 'auditor')),
  owner      text NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz,
  revoked_at timestamptz
);
