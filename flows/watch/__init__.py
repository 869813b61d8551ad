"""Watch: whether everything is there that should be. The flow is in `flow`."""
