-- Two-phase and scheduled transfers. A transfer that is posted at once stays one row in `transfers`; the
-- tables below are for the others only.

-- Open transfers. At its end a transfer moves to `transfers` with the sequence of that entry: posted
-- ones become part of their accounts' histories, others do not.
CREATE TABLE open_transfers (
  id             BLOB PRIMARY KEY CHECK (length(id) = 16),
  sequence       INTEGER NOT NULL,
  first_sequence INTEGER NOT NULL,
  from_account   INTEGER NOT NULL REFERENCES accounts (number),
  to_account     INTEGER NOT NULL REFERENCES accounts (number),
  amount         INTEGER NOT NULL CHECK (amount BETWEEN 1 AND 9007199254740991),
  currency       TEXT NOT NULL,
  kind           TEXT NOT NULL,
  memo           TEXT,
  metadata       TEXT NOT NULL,
  status         TEXT NOT NULL CHECK (status IN ('scheduled', 'pending')),
  created_at     INTEGER NOT NULL,
  two_phase      INTEGER NOT NULL,
  expires_in     INTEGER,
  execute_at     INTEGER,
  reverses       BLOB,
  expires_at     INTEGER,
  due_at         INTEGER,
  CHECK (from_account <> to_account)
) STRICT, WITHOUT ROWID;
CREATE INDEX open_transfers_by_due ON open_transfers (due_at, id) WHERE due_at IS NOT NULL;

-- Further columns for rows of `transfers`: for transfers that were open, and reversals.
CREATE TABLE transfer_details (
  sequence       INTEGER PRIMARY KEY REFERENCES transfers (sequence),
  first_sequence INTEGER NOT NULL,
  two_phase      INTEGER NOT NULL,
  expires_in     INTEGER,
  execute_at     INTEGER,
  reverses       BLOB,
  held           INTEGER,
  expires_at     INTEGER
) STRICT;

-- Entries of the ledger for transfers that became scheduled or pending. The sequence of an end is that
-- of its row in `transfers`.
CREATE TABLE transfer_entries (
  sequence INTEGER PRIMARY KEY,
  transfer BLOB NOT NULL,
  kind     TEXT NOT NULL CHECK (kind IN ('scheduled', 'pending'))
) STRICT;
