"""Reference definitions of every metric, as plain functions that the SQL must equal."""
