"""Repair: what the lake lacks is found, asked for and corrected. The flow is in `flow`."""
