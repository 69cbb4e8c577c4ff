-- The secret for derived identifiers, set when the ledger is opened: 32 random bytes, never shown.
-- Earlier versions derived identifiers without a secret; `had_no_secret` is 1 if such a version has
-- written this ledger, so that it contains such identifiers.
ALTER TABLE ledger ADD COLUMN secret bytea CHECK (length(secret) = 32);
ALTER TABLE ledger ADD COLUMN had_no_secret integer NOT NULL DEFAULT 0 CHECK (had_no_secret IN (0, 1));
UPDATE ledger SET had_no_secret = 1 WHERE epoch > 0;
