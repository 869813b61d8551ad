"""The checks that `flows.reconcile` makes, and the log of what they found."""
