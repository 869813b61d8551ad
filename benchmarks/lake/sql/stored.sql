-- What a table's current files come to.
SELECT count(*) AS files, sum(file_size_in_bytes) AS bytes, sum(record_count) AS records
FROM lake.${layer}."${table}$$files"
