"""The books: diffs joined to snapshots, what is proven of each, and what is published."""
