-- Lists of transfers also show open ones and those that ended without being posted, which are in no
-- account's history. All of this is written only for transfers that were open.

-- The openings of an account's transfers that were open: `sequence` is the first entry of one, in
-- `transfer_entries`. It never changes, however the transfer ends.
CREATE TABLE transfer_openings (
  account  INTEGER NOT NULL REFERENCES accounts (number),
  sequence INTEGER NOT NULL REFERENCES transfer_entries (sequence),
  PRIMARY KEY (account, sequence)
) STRICT, WITHOUT ROWID;
INSERT INTO transfer_openings (account, sequence)
  SELECT from_account, first_sequence FROM open_transfers
  UNION ALL SELECT to_account, first_sequence FROM open_transfers
  UNION ALL SELECT t.from_account, d.first_sequence
    FROM transfer_details d JOIN transfers t ON t.sequence = d.sequence
    WHERE d.first_sequence <> d.sequence
  UNION ALL SELECT t.to_account, d.first_sequence
    FROM transfer_details d JOIN transfers t ON t.sequence = d.sequence
    WHERE d.first_sequence <> d.sequence;

-- The open transfers of one account, which are few.
CREATE INDEX open_transfers_by_sender ON open_transfers (from_account);
CREATE INDEX open_transfers_by_receiver ON open_transfers (to_account);
