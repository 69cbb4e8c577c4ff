-- Standing orders. `made` counts the occurrences so far, so it is the next one's place in the schedule;
-- `next_at` is its due time (null: none). `seed` is secret: the identifiers of occurrences are derived
-- from it.
CREATE TABLE standing_orders (
  number       INTEGER PRIMARY KEY,
  id           BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  seed         BLOB NOT NULL CHECK (length(seed) = 16),
  from_account INTEGER NOT NULL REFERENCES accounts (number),
  to_account   INTEGER NOT NULL REFERENCES accounts (number),
  amount       INTEGER NOT NULL CHECK (amount BETWEEN 1 AND 9007199254740991),
  currency     TEXT NOT NULL,
  memo         TEXT,
  every        TEXT NOT NULL CHECK (every IN ('day', 'week', 'month')),
  first_at     INTEGER NOT NULL,
  last_at      INTEGER,
  made         INTEGER NOT NULL CHECK (made >= 0),
  next_at      INTEGER,
  created_at   INTEGER NOT NULL,
  deleted_at   INTEGER,
  CHECK (from_account <> to_account),
  CHECK (last_at IS NULL OR last_at >= first_at),
  CHECK (next_at IS NULL OR deleted_at IS NULL)
) STRICT;
CREATE INDEX standing_orders_by_due ON standing_orders (next_at, id) WHERE next_at IS NOT NULL;
CREATE INDEX standing_orders_by_sender ON standing_orders (from_account, number);

-- Transfers made by standing orders: `sequence` is the first entry of one, in `transfer_entries`.
CREATE TABLE occurrences (
  standing_order INTEGER NOT NULL REFERENCES standing_orders (number),
  place          INTEGER NOT NULL CHECK (place >= 0),
  sequence       INTEGER NOT NULL UNIQUE REFERENCES transfer_entries (sequence),
  PRIMARY KEY (standing_order, place)
) STRICT, WITHOUT ROWID;
