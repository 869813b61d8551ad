-- Delete older files below a table's location that none of its snapshots uses.
ALTER TABLE lake.${layer}.${table} EXECUTE remove_orphan_files(retention_threshold => '${age_s}s')
