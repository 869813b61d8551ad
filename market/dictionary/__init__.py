"""What travels and what is kept: fields, records, topics, tables, names. Each stands here once."""
