"""The warehouse tree: SQL text, one folder a job, table or view. No SQL stands in Python."""
