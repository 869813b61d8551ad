"""Maintenance of the lake and of MongoDB, each step with proof that no row changed."""
