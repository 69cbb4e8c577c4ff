-- The ledger: accounts, transfers, and keys that make a commit happen once.
-- Times are Unix milliseconds, amounts minor units, identifiers 16 bytes. References are declared
-- for `PRAGMA foreign_key_check`; the single writer takes every number from `accounts`.

-- One row: the current epoch and the end of the ledger.
CREATE TABLE ledger (
  one           INTEGER PRIMARY KEY CHECK (one = 1),
  epoch         INTEGER NOT NULL,
  last_sequence INTEGER NOT NULL
) STRICT;
INSERT INTO ledger VALUES (1, 0, 0);

-- Data of an account that rarely changes. `number` identifies it inside this file.
CREATE TABLE accounts (
  number     INTEGER PRIMARY KEY,
  id         BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  owner      TEXT NOT NULL,
  type       TEXT NOT NULL CHECK (type IN ('checking', 'savings', 'merchant', 'world')),
  ref        TEXT,
  status     TEXT NOT NULL CHECK (status IN ('open', 'frozen', 'closed')),
  created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX accounts_by_ref ON accounts (ref, owner) WHERE ref IS NOT NULL;
CREATE INDEX accounts_by_owner ON accounts (owner, id);

-- Data that every transfer changes, in short rows because a commit writes whole pages. A world account
-- has no overdraft limit (null). `last_transfer` is the newest of the account's history.
CREATE TABLE balances (
  account         INTEGER PRIMARY KEY REFERENCES accounts (number),
  currency        TEXT NOT NULL CHECK (length(currency) = 3),
  overdraft_limit INTEGER CHECK (overdraft_limit BETWEEN 0 AND 9007199254740991),
  posted          INTEGER NOT NULL CHECK (posted BETWEEN -9007199254740991 AND 9007199254740991),
  pending_in      INTEGER NOT NULL CHECK (pending_in BETWEEN 0 AND 9007199254740991),
  pending_out     INTEGER NOT NULL CHECK (pending_out BETWEEN 0 AND 9007199254740991),
  version         INTEGER NOT NULL,
  last_transfer   INTEGER NOT NULL,
  CHECK (posted + overdraft_limit >= 0)
) STRICT;

-- An account's history is a linked list of its transfers, newest first: `from_previous` and
-- `to_previous` are the sequence of the previous transfer of either side (0: none). An index per side
-- would cost one written page per transfer and side.
CREATE TABLE transfers (
  sequence           INTEGER PRIMARY KEY,
  id                 BLOB NOT NULL UNIQUE,
  from_account       INTEGER NOT NULL REFERENCES accounts (number),
  to_account         INTEGER NOT NULL REFERENCES accounts (number),
  amount             INTEGER NOT NULL CHECK (amount BETWEEN 1 AND 9007199254740991),
  currency           TEXT NOT NULL,
  kind               TEXT NOT NULL,
  memo               TEXT,
  metadata           TEXT NOT NULL,
  status             TEXT NOT NULL,
  reason             TEXT,
  created_at         INTEGER NOT NULL,
  posted_at          INTEGER,
  from_balance_after INTEGER NOT NULL,
  to_balance_after   INTEGER NOT NULL,
  from_previous      INTEGER NOT NULL,
  to_previous        INTEGER NOT NULL,
  CHECK (from_account <> to_account)
) STRICT;

-- Entry points into the middle of a history: some of an account's transfers, evenly spread.
CREATE TABLE history_marks (
  account  INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  PRIMARY KEY (account, sequence)
) STRICT, WITHOUT ROWID;

-- Entries of the ledger that are not transfers.
CREATE TABLE account_entries (
  sequence INTEGER PRIMARY KEY,
  account  INTEGER NOT NULL REFERENCES accounts (number),
  kind     TEXT NOT NULL CHECK (kind IN ('opened')),
  at       INTEGER NOT NULL
) STRICT;

CREATE TABLE idempotency (
  caller     TEXT NOT NULL,
  key        TEXT NOT NULL,
  digest     BLOB NOT NULL,
  object     BLOB NOT NULL CHECK (length(object) = 16),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (caller, key)
) STRICT, WITHOUT ROWID;

-- `outcomes`: a byte per entry; null if all entries were committed.
CREATE TABLE batches (
  epoch          INTEGER NOT NULL,
  number         INTEGER NOT NULL,
  first_sequence INTEGER NOT NULL,
  last_sequence  INTEGER NOT NULL,
  outcomes       BLOB,
  at             INTEGER NOT NULL,
  PRIMARY KEY (epoch, number)
) STRICT, WITHOUT ROWID;
