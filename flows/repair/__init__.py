"""Repair: find what the lake lacks, fetch it, and correct windows. The flow is in `flow`."""
