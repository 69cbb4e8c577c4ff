-- Each batch bears a hash of itself and of the batch before it. Batches committed before this have
-- none: the chain begins behind them.
ALTER TABLE batches ADD COLUMN hash BLOB CHECK (length(hash) = 32);

-- The hash of the last batch, and the first sequence in the chain.
ALTER TABLE ledger ADD COLUMN head BLOB NOT NULL CHECK (length(head) = 32)
  DEFAULT x'0000000000000000000000000000000000000000000000000000000000000000';
ALTER TABLE ledger ADD COLUMN chain_begins INTEGER NOT NULL DEFAULT 1;
UPDATE ledger SET chain_begins = last_sequence + 1;
