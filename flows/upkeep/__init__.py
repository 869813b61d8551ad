"""The pieces of `flows.maintenance`, each with the proof that no row changed."""
