-- The ledger's time, which never falls: the time of the last batch, and the earliest time of the next.
-- The past before the latter is closed: answers about it never change.
ALTER TABLE ledger
  ADD COLUMN last_at timestamptz NOT NULL DEFAULT at_ms(0),
  ADD COLUMN next_at timestamptz NOT NULL DEFAULT at_ms(0);
UPDATE ledger SET (last_at, next_at) =
  (SELECT coalesce(max(at), at_ms(0)), coalesce(max(at), at_ms(0)) FROM batches);

-- In earlier versions a clock set back between two runs of a node set the ledger's time back, too.
-- Batches of such an epoch that are older than `floor` count as of `floor`, the latest time of the
-- epochs before. So batches are ordered by time.
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
