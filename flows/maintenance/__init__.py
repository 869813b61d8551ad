"""Maintenance of the lake and of MongoDB, each step with the proof that no row changed."""
