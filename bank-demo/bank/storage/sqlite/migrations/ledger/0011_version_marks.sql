-- The mark of the batch that made an account's version: the start of that batch's hash. Unknown
-- (null) until the account changes again.
ALTER TABLE balances ADD COLUMN made_by INTEGER;
