"""The lake: its catalog, schemas derived from `market.tables`, and numbered migrations."""
