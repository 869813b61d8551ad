-- Windows are few rows: a second writer would only double the files of each checkpoint.
INSERT INTO lake.${layer}.${table} /*+ OPTIONS('write-parallelism' = '1') */
SELECT *
FROM ${table}
