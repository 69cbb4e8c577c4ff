-- A foreign key looks up and locks the referenced row for each written row, which is half of the cost of
-- a transfer. Instead, references of a batch are checked together. No lock is needed, because rows are
-- never deleted or renamed.
ALTER TABLE transfers
  DROP CONSTRAINT transfers_from_account_fkey, DROP CONSTRAINT transfers_to_account_fkey;
ALTER TABLE account_entries DROP CONSTRAINT account_entries_account_fkey;
ALTER TABLE transfer_entries DROP CONSTRAINT transfer_entries_transfer_fkey;

-- Each row is looked up separately, like a foreign key does: the planner knows nothing about the new
-- rows and would read the whole table.
CREATE FUNCTION accounts_of_transfers_exist() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT count(*) FROM written) <> (
      SELECT count(*) FROM written w,
        LATERAL (SELECT FROM accounts WHERE id = w.from_account LIMIT 1) f,
        LATERAL (SELECT FROM accounts WHERE id = w.to_account LIMIT 1) t) THEN
    RAISE foreign_key_violation USING MESSAGE = 'a transfer names an account that is not there';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER accounts_exist AFTER INSERT ON transfers REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION accounts_of_transfers_exist();

CREATE FUNCTION accounts_of_entries_exist() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT count(*) FROM written) <> (
      SELECT count(*) FROM written w,
        LATERAL (SELECT FROM accounts WHERE id = w.account LIMIT 1) a) THEN
    RAISE foreign_key_violation USING MESSAGE = 'an entry names an account that is not there';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER accounts_exist AFTER INSERT ON account_entries REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION accounts_of_entries_exist();

CREATE FUNCTION transfers_of_entries_exist() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT count(*) FROM written) <> (
      SELECT count(*) FROM written w,
        LATERAL (SELECT FROM transfers WHERE id = w.transfer LIMIT 1) t) THEN
    RAISE foreign_key_violation USING MESSAGE = 'an entry names a transfer that is not there';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER transfers_exist AFTER INSERT ON transfer_entries REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION transfers_of_entries_exist();

CREATE FUNCTION written_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE integrity_constraint_violation
    USING MESSAGE = format('%s stay as they were named: their history names them', TG_TABLE_NAME);
END $$;
CREATE TRIGGER stay BEFORE DELETE OR TRUNCATE ON accounts
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
CREATE TRIGGER keep_name BEFORE UPDATE OF id ON accounts
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
CREATE TRIGGER stay BEFORE DELETE OR TRUNCATE ON transfers
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
CREATE TRIGGER keep_name BEFORE UPDATE OF id, from_account, to_account ON transfers
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
CREATE TRIGGER stay BEFORE DELETE OR TRUNCATE ON account_entries
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
CREATE TRIGGER stay BEFORE DELETE OR TRUNCATE ON transfer_entries
  FOR EACH STATEMENT EXECUTE FUNCTION written_once();
