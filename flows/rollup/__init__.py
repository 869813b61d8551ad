"""Rollups: days of `gold`, from windows that are final in time. The flow is in `flow`."""
