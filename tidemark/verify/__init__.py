"""The proof as a command: replay a capture, recompute every row, compare every store.

What lives in `captures` and `expected` must import nothing of the pipeline (no `market`, no
`simulator`, no `connectors`): a mistake shared with it would not be seen.
"""
