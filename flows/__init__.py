"""Prefect flows over the lake, one package each; `deployments` lists what runs by itself.

The flow itself stands in `flow`; what it alone needs stands beside it, and what several flows need
in `shared`. A flow never imports another flow's modules.

A flow reads its addresses once, from the environment of the worker that runs it. Statements stand
in `sql/flows`, definitions in `market`; nothing here knows how the stack is started.
"""
