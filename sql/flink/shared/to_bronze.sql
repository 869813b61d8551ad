-- Records of one type as received, with instants for their times.
INSERT INTO lake.${layer}.${table}
SELECT
  ${columns}
FROM ${source}
${condition}
