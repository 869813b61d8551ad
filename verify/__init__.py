"""The proof as a command: replay a capture, recompute every row, compare every store.

`captures`, `expected` and `book_truth` must import nothing of the pipeline (no `market`, no
`connectors`): a mistake shared with it would go unnoticed. Only the reader of capture files is
shared, with the simulator, so that what a replay skips is not expected.
"""
