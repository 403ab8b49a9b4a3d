WITH -- Since which release, in which package, what grows, and on which hosts. For DuckDB and for Spark.
gains AS (
  -- Bytes that each package added since the snapshot before, of the same process.
  SELECT service, host, release, pid, taken_at, package, kind,
    own_size - lag(own_size) OVER (PARTITION BY service, host, release, pid, package, version ORDER BY taken_at) AS gain
  FROM packages JOIN snapshots USING (service, host, date, snapshot)
  WHERE kind IN ('npm', 'application')
),
growing AS (
  -- A leak adds with every snapshot. What fills, such as a cache, adds less and less.
  SELECT service, host, release, pid, package, kind, min(taken_at) AS first_at, avg(gain) AS gain
  FROM gains
  GROUP BY service, host, release, pid, package, kind
  HAVING count(gain) >= 2 AND min(gain) > 10000 AND max_by(gain, taken_at) > avg(gain) / 2
),
named AS (
  -- Variables that the findings name, between the backticks of the title.
  SELECT DISTINCT service, host, release, pid, findings.file, regexp_extract(title, '`([^`]+)`', 1) AS what
  FROM findings JOIN snapshots USING (service, host, date, snapshot)
)
SELECT growing.service, package, what, min_by(growing.release, first_at) AS since,
  array_sort(array_agg(DISTINCT growing.host)) AS hosts, CAST(round(avg(gain), -3) AS BIGINT) AS bytes_per_snapshot
FROM growing LEFT JOIN named
  ON named.service = growing.service AND named.host = growing.host
  AND named.release IS NOT DISTINCT FROM growing.release AND named.pid IS NOT DISTINCT FROM growing.pid
  -- `_` is any separator of folders.
  AND (CASE kind WHEN 'npm' THEN file LIKE concat('%node_modules_', package, '_%') ELSE file NOT LIKE '%node_modules%' END)
GROUP BY growing.service, package, what
ORDER BY bytes_per_snapshot DESC, package, what
