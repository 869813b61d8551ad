"""The lake: its catalog, schemas derived from `market.dictionary`, and numbered migrations."""
