"""Quality: the suites of `expectations` on each hour's rows. The flow is in `flow`."""
