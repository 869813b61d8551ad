"""Recorded markets: capture files, their lines, and the feed made of them."""
