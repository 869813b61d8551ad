"""Recorded markets: capture files, their lines, and the feed that replays them."""
