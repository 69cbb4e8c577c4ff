-- The ledger: accounts, transfers, and keys that make a commit happen once. Amounts are minor units.
-- Every rule of the ledger that a key or a check can express is here as well, so the database refuses
-- a batch that would break the ledger.

-- Times are passed as Unix milliseconds.
CREATE FUNCTION at_ms(bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT to_timestamp($1::float8 / 1000) $$;
CREATE FUNCTION ms_of(timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT (extract(epoch FROM $1) * 1000)::bigint $$;

-- One row: the current epoch and the end of the ledger. Every writer locks it first.
CREATE TABLE ledger (
  one           integer PRIMARY KEY CHECK (one = 1),
  epoch         bigint NOT NULL,
  last_sequence bigint NOT NULL,
  head          bytea NOT NULL CHECK (length(head) = 32)
) WITH (fillfactor = 10);
INSERT INTO ledger VALUES (1, 0, 0, decode(repeat('00', 32), 'hex'));

-- A world account has no overdraft limit (null). No index has a column that a transfer changes, and
-- pages have free space, so that an account's row is updated in place.
CREATE TABLE accounts (
  id              uuid PRIMARY KEY,
  owner           text COLLATE "C" NOT NULL,
  type            text NOT NULL CHECK (type IN ('checking', 'savings', 'merchant', 'world')),
  currency        text NOT NULL CHECK (length(currency) = 3),
  ref             text COLLATE "C",
  status          text NOT NULL CHECK (status IN ('open', 'frozen', 'closed')),
  overdraft_limit bigint CHECK (overdraft_limit BETWEEN 0 AND 9007199254740991),
  posted          bigint NOT NULL CHECK (posted BETWEEN -9007199254740991 AND 9007199254740991),
  pending_in      bigint NOT NULL CHECK (pending_in BETWEEN 0 AND 9007199254740991),
  pending_out     bigint NOT NULL CHECK (pending_out BETWEEN 0 AND 9007199254740991),
  version         bigint NOT NULL CHECK (version >= 1),
  created_at      timestamptz NOT NULL,
  CHECK ((overdraft_limit IS NULL) = (type = 'world')),
  CHECK (posted - pending_out + overdraft_limit >= 0),
  CHECK (posted + pending_in <= 9007199254740991),
  CHECK (status <> 'closed' OR (posted = 0 AND pending_in = 0 AND pending_out = 0))
) WITH (fillfactor = 60);
CREATE UNIQUE INDEX accounts_by_ref ON accounts (ref, owner) WHERE ref IS NOT NULL;
CREATE INDEX accounts_by_owner ON accounts (owner, id);
CREATE INDEX accounts_not_open ON accounts (status, id) WHERE status <> 'open';
CREATE UNIQUE INDEX worlds ON accounts (currency) WHERE type = 'world';

-- Every transfer in any state. `sequence` is its last entry in the ledger, `first_sequence` its first;
-- a direct transfer, posted at once, has only one. Ended transfers have the balances after them.
CREATE TABLE transfers (
  id                 uuid PRIMARY KEY,
  sequence           bigint NOT NULL,
  first_sequence     bigint NOT NULL CHECK (first_sequence BETWEEN 1 AND sequence),
  from_account       uuid NOT NULL REFERENCES accounts (id),
  to_account         uuid NOT NULL REFERENCES accounts (id),
  amount             bigint NOT NULL CHECK (amount BETWEEN 1 AND 9007199254740991),
  currency           text NOT NULL,
  kind               text COLLATE "C" NOT NULL,
  memo               text COLLATE "C",
  metadata           text NOT NULL,
  status             text NOT NULL CHECK (status IN ('scheduled', 'pending', 'posted', 'voided',
                                                     'expired', 'rejected')),
  reason             text,
  created_at         timestamptz NOT NULL,
  posted_at          timestamptz,
  two_phase          boolean NOT NULL,
  expires_in         bigint,
  execute_at         timestamptz,
  reverses           uuid,
  held               bigint,
  expires_at         timestamptz,
  due_at             timestamptz,
  from_balance_after bigint,
  to_balance_after   bigint,
  CHECK (from_account <> to_account),
  CHECK ((status = 'posted') = (posted_at IS NOT NULL)),
  CHECK (status <> 'posted' OR held IS NULL OR amount <= held),
  CHECK ((status IN ('scheduled', 'pending')) = (from_balance_after IS NULL)),
  CHECK ((from_balance_after IS NULL) = (to_balance_after IS NULL)),
  CHECK (due_at IS NULL OR status IN ('scheduled', 'pending'))
);
CREATE UNIQUE INDEX transfers_ended ON transfers (sequence)
  WHERE status NOT IN ('scheduled', 'pending');
-- Histories of accounts.
CREATE INDEX transfers_sent ON transfers (from_account, sequence) WHERE status = 'posted';
CREATE INDEX transfers_received ON transfers (to_account, sequence) WHERE status = 'posted';
-- Transfers that are or were open.
CREATE UNIQUE INDEX once_open ON transfers (first_sequence)
  WHERE status <> 'posted' OR first_sequence <> sequence;
CREATE INDEX once_open_sent ON transfers (from_account, first_sequence)
  WHERE status <> 'posted' OR first_sequence <> sequence;
CREATE INDEX once_open_received ON transfers (to_account, first_sequence)
  WHERE status <> 'posted' OR first_sequence <> sequence;
CREATE INDEX open_ones ON transfers (first_sequence) WHERE status IN ('scheduled', 'pending');
CREATE INDEX due_ones ON transfers (due_at, id) WHERE due_at IS NOT NULL;
-- A transfer is reversed at most once.
CREATE UNIQUE INDEX reversals ON transfers (reverses) WHERE reverses IS NOT NULL;

-- Entries of the ledger that are not the end of a transfer: changes of accounts, with the new limit if
-- one was set, and transfers that became scheduled or pending.
CREATE TABLE account_entries (
  sequence        bigint PRIMARY KEY,
  account         uuid NOT NULL REFERENCES accounts (id),
  kind            text NOT NULL
                  CHECK (kind IN ('opened', 'frozen', 'unfrozen', 'closed', 'limit_changed')),
  overdraft_limit bigint CHECK (overdraft_limit BETWEEN 0 AND 9007199254740991),
  at              timestamptz NOT NULL,
  CHECK ((overdraft_limit IS NOT NULL) = (kind IN ('opened', 'limit_changed')))
);
CREATE TABLE transfer_entries (
  sequence bigint PRIMARY KEY,
  transfer uuid NOT NULL REFERENCES transfers (id),
  kind     text NOT NULL CHECK (kind IN ('scheduled', 'pending'))
);

-- Few keys at a time are old enough to be deleted, and they are adjacent.
CREATE TABLE idempotency (
  caller     text COLLATE "C" NOT NULL,
  key        text COLLATE "C" NOT NULL,
  digest     bytea NOT NULL,
  object     uuid NOT NULL,
  created_at timestamptz NOT NULL,
  answer     text,
  PRIMARY KEY (caller, key)
);
CREATE INDEX idempotency_by_age ON idempotency USING brin (created_at) WITH (pages_per_range = 16);

-- `outcomes`: a byte per entry; null if all entries were committed. `hash` covers the batch and the
-- previous hash.
CREATE TABLE batches (
  epoch          bigint NOT NULL,
  number         bigint NOT NULL,
  first_sequence bigint NOT NULL,
  last_sequence  bigint NOT NULL CHECK (last_sequence >= first_sequence - 1),
  outcomes       bytea,
  at             timestamptz NOT NULL,
  hash           bytea NOT NULL CHECK (length(hash) = 32),
  PRIMARY KEY (epoch, number)
);
CREATE INDEX batches_by_time ON batches (at, first_sequence);

-- `made` counts the occurrences so far; `next_at` is the due time of the next one (null: none).
-- `seed` is secret: the identifiers of occurrences are derived from it.
CREATE TABLE standing_orders (
  number       bigint PRIMARY KEY,
  id           uuid NOT NULL UNIQUE,
  seed         uuid NOT NULL,
  from_account uuid NOT NULL REFERENCES accounts (id),
  to_account   uuid NOT NULL REFERENCES accounts (id),
  amount       bigint NOT NULL CHECK (amount BETWEEN 1 AND 9007199254740991),
  currency     text NOT NULL,
  memo         text,
  every        text NOT NULL CHECK (every IN ('day', 'week', 'month')),
  first_at     timestamptz NOT NULL,
  last_at      timestamptz,
  made         bigint NOT NULL CHECK (made >= 0),
  next_at      timestamptz,
  created_at   timestamptz NOT NULL,
  deleted_at   timestamptz,
  CHECK (from_account <> to_account),
  CHECK (last_at IS NULL OR last_at >= first_at),
  CHECK (next_at IS NULL OR deleted_at IS NULL)
);
CREATE INDEX standing_orders_by_due ON standing_orders (next_at, id) WHERE next_at IS NOT NULL;
CREATE INDEX standing_orders_by_sender ON standing_orders (from_account, number);

-- Transfers made by standing orders: `sequence` is the first entry of one.
CREATE TABLE occurrences (
  standing_order bigint NOT NULL REFERENCES standing_orders (number),
  place          bigint NOT NULL CHECK (place >= 0),
  sequence       bigint NOT NULL UNIQUE REFERENCES transfer_entries (sequence),
  PRIMARY KEY (standing_order, place)
);
