-- Expire a table's older snapshots, and delete the files that only they use.
ALTER TABLE lake.${layer}.${table} EXECUTE expire_snapshots(retention_threshold => '${age_s}s')
