-- An account's entries tell what its state and limit were behind each of them.
CREATE INDEX account_entries_by_account ON account_entries (account, sequence);

-- Where the ledger ended before the effect that a key was kept with: of a group, its transfers are those
-- behind that, and the others were made before it. Unknown (null) of keys that were kept before this.
ALTER TABLE idempotency ADD COLUMN behind bigint;
