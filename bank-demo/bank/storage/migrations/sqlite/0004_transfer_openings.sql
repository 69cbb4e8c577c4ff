-- Lists of transfers show the open ones and those that ended without being posted as well, which
-- are in no account's history. All of this is written for transfers that were open once only.

-- Where the transfers of an account that were open once began: `sequence` is the first entry of one,
-- in `transfer_entries`. A place that never changes, whatever becomes of the transfer.
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

-- What is open now, of one account: few among all that ever was.
CREATE INDEX open_transfers_by_sender ON open_transfers (from_account);
CREATE INDEX open_transfers_by_receiver ON open_transfers (to_account);
