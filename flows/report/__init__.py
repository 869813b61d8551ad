"""Reports: a page a day and symbol. The flow is in `flow`."""
