SELECT * FROM ${relation}
