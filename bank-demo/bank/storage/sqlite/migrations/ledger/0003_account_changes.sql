-- Changes of accounts: each is an entry of the ledger. `overdraft_limit` is the new limit if the entry
-- sets one, so that the limit is known for any time.
CREATE TABLE account_entries_3 (
  sequence        INTEGER PRIMARY KEY,
  account         INTEGER NOT NULL REFERENCES accounts (number),
  kind            TEXT NOT NULL
                  CHECK (kind IN ('opened', 'frozen', 'unfrozen', 'closed', 'limit_changed')),
  overdraft_limit INTEGER CHECK (overdraft_limit BETWEEN 0 AND 9007199254740991),
  at              INTEGER NOT NULL,
  CHECK ((overdraft_limit IS NOT NULL) = (kind IN ('opened', 'limit_changed')))
) STRICT;
-- In earlier versions limits could not change: each is the one of the opening.
INSERT INTO account_entries_3 (sequence, account, kind, overdraft_limit, at)
  SELECT e.sequence, e.account, e.kind, b.overdraft_limit, e.at
  FROM account_entries e JOIN balances b ON b.account = e.account;
DROP TABLE account_entries;
ALTER TABLE account_entries_3 RENAME TO account_entries;

-- Few accounts are not open: only they need an index by state.
CREATE INDEX accounts_not_open ON accounts (status, id) WHERE status <> 'open';
