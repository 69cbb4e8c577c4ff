-- What may happen to an account: each is an entry of the ledger. `overdraft_limit` is the limit from
-- that entry on, where the entry sets one, so that it can be told for any time.
CREATE TABLE account_entries_3 (
  sequence        INTEGER PRIMARY KEY,
  account         INTEGER NOT NULL REFERENCES accounts (number),
  kind            TEXT NOT NULL
                  CHECK (kind IN ('opened', 'frozen', 'unfrozen', 'closed', 'limit_changed')),
  overdraft_limit INTEGER CHECK (overdraft_limit BETWEEN 0 AND 9007199254740991),
  at              INTEGER NOT NULL,
  CHECK ((overdraft_limit IS NOT NULL) = (kind IN ('opened', 'limit_changed')))
) STRICT;
-- Until now no limit could change: each is what it was at the opening.
INSERT INTO account_entries_3 (sequence, account, kind, overdraft_limit, at)
  SELECT e.sequence, e.account, e.kind, b.overdraft_limit, e.at
  FROM account_entries e JOIN balances b ON b.account = e.account;
DROP TABLE account_entries;
ALTER TABLE account_entries_3 RENAME TO account_entries;

-- Few accounts are not open: only those are worth finding by their state.
CREATE INDEX accounts_not_open ON accounts (status, id) WHERE status <> 'open';
