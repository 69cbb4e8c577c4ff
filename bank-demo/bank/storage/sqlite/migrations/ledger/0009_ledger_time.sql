-- The ledger's time, which never falls: the time of the last batch, and the earliest time of the next.
-- The past before the latter is closed: answers about it never change.
ALTER TABLE ledger ADD COLUMN last_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ledger ADD COLUMN next_at INTEGER NOT NULL DEFAULT 0;
UPDATE ledger SET last_at = (SELECT coalesce(max(at), 0) FROM batches);
UPDATE ledger SET next_at = last_at;

-- In earlier versions a clock set back between two runs of a node set the ledger's time back, too.
-- Batches of such an epoch that are older than `floor` count as of `floor`, the latest time of the
-- epochs before. So batches are ordered by time.
CREATE TABLE time_floors (
  epoch INTEGER PRIMARY KEY,
  floor INTEGER NOT NULL
) STRICT;
INSERT INTO time_floors (epoch, floor)
  SELECT epoch, floor FROM (
    SELECT epoch, min(at) AS first_at, max(max(at)) OVER (
      ORDER BY epoch ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS floor
    FROM batches GROUP BY epoch)
  WHERE first_at < floor;
