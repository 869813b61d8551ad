"""Prefect flows over the lake, one a file; `deployments` lists what runs by itself.

What one flow alone needs stands in a folder: `reports`, `upkeep` (maintenance), `repairs`, `proofs`
(reconcile), `suites` (quality); `corrections` is for whoever changed bronze.

A flow reads its addresses once, from the environment of the worker that runs it. Statements stand
in `sql`, definitions in `market`; nothing here knows how the stack is started.
"""
