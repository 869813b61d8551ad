-- Rewrite a day's small files of a table into few sorted ones; what MERGE marked as deleted is left out.
ALTER TABLE lake.${layer}.${table} EXECUTE optimize(file_size_threshold => '${small_file_bytes}B')
WHERE "${time}" >= ${start} AND "${time}" < ${end}
