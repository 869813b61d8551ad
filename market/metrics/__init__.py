"""Reference definitions of every metric, as plain functions: what the SQL must equal."""
