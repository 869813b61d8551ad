-- What a day of a table holds in a snapshot: its rows, and a checksum that their order does not change.
SELECT count(*) AS row_count, to_hex(checksum(ROW(${columns}))) AS content
FROM lake.${layer}.${table} FOR VERSION AS OF ${snapshot_id}
WHERE "${time}" >= ${start} AND "${time}" < ${end}
