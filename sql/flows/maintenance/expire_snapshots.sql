-- Forget a table's older snapshots, and delete the files that only they have.
ALTER TABLE lake.${layer}.${table} EXECUTE expire_snapshots(retention_threshold => '${age_s}s')
