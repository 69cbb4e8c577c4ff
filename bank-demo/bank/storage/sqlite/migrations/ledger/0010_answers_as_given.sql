-- An account's entries give its state and limit after each of them.
CREATE INDEX account_entries_by_account ON account_entries (account, sequence);

-- The end of the ledger before the effect of a key's request: in a group, its transfers come after it,
-- others were made before. Unknown (null) for keys of earlier versions.
ALTER TABLE idempotency ADD COLUMN behind INTEGER;
