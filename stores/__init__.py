"""Clients of the stores: how each is reached, and nothing of what is kept there."""
