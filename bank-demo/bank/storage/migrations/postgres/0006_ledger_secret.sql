-- What derived identifiers are made from, filled in when the ledger is opened: 32 random bytes, shown
-- to nobody. Versions before this one derived them without a secret; `had_no_secret` says whether one
-- has kept this ledger (1), so that such identifiers stand in the books.
ALTER TABLE ledger ADD COLUMN secret bytea CHECK (length(secret) = 32);
ALTER TABLE ledger ADD COLUMN had_no_secret integer NOT NULL DEFAULT 0 CHECK (had_no_secret IN (0, 1));
UPDATE ledger SET had_no_secret = 1 WHERE epoch > 0;
