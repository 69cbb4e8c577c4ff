-- The answer to a group of transfers in addition to its transfers, for a repeat with its key: which of
-- them were refused, and why. `object` of such a key is the group's id.
ALTER TABLE idempotency ADD COLUMN answer TEXT;
