-- Each batch has a hash over itself and the previous hash. Batches of earlier versions have none: the
-- hash chain starts after them.
ALTER TABLE batches ADD COLUMN hash BLOB CHECK (length(hash) = 32);

-- The hash of the last batch, and the first sequence in the hash chain.
ALTER TABLE ledger ADD COLUMN head BLOB NOT NULL CHECK (length(head) = 32)
  DEFAULT x'0000000000000000000000000000000000000000000000000000000000000000';
ALTER TABLE ledger ADD COLUMN chain_begins INTEGER NOT NULL DEFAULT 1;
UPDATE ledger SET chain_begins = last_sequence + 1;
