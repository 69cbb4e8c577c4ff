-- What a group of transfers was answered beside its transfers, to be given again under its key: which
-- of them were refused, and why. `object` of such a key is the group's id.
ALTER TABLE idempotency ADD COLUMN answer TEXT;
