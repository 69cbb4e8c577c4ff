-- The ledger's time, which never falls: that of the last batch, and the earliest that the next one may
-- have. The past before the latter is closed: what was answered about it stays so.
ALTER TABLE ledger
  ADD COLUMN last_at timestamptz NOT NULL DEFAULT at_ms(0),
  ADD COLUMN next_at timestamptz NOT NULL DEFAULT at_ms(0);
UPDATE ledger SET (last_at, next_at) =
  (SELECT coalesce(max(at), at_ms(0)), coalesce(max(at), at_ms(0)) FROM batches);

-- Until now a clock that was set back between two lives of a node took the ledger's time with it.
-- The batches of such an epoch count as of `floor` where they are dated earlier: the latest time of
-- the epochs before it. So batches stand in the order of their times.
CREATE TABLE time_floors (
  epoch bigint PRIMARY KEY,
  floor timestamptz NOT NULL
);
INSERT INTO time_floors
  SELECT epoch, floor FROM (
    SELECT epoch, min(at) AS first_at, max(max(at)) OVER (
      ORDER BY epoch ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS floor
    FROM batches GROUP BY epoch) e
  WHERE first_at < floor;
