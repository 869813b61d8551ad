"""Reports: one page per day and symbol. The flow is in `flow`."""
