INSERT INTO lake.${silver}.${table}
SELECT *
FROM ${table}
