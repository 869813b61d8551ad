"""A day of a symbol as a page: what Trino says, figures, tables, words. `flows.report` runs it."""
