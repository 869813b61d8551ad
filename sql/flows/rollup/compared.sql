  -- sql/flows/rollup/compared.sql
  -- The rows as they should be beside those that there are.
  FROM (
    SELECT * FROM (
${query}
    )
    WHERE ${publishable}
  ) AS made
  FULL JOIN (
    SELECT *
    FROM lake.${gold}.${table}
    WHERE window_start >= ${start} AND window_start < ${end} AND ${chosen} AND ${publishable}
  ) AS kept
    ON ${same_key}
