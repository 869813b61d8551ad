"""Reconciliation: the lake against itself and against the exchange. The flow is in `flow`."""
