"""Prefect flows over the lake, one package each; `deployments` lists which flow runs when.

Each package keeps its flow in `flow`, beside the modules that only this flow needs. `shared` holds
what several flows need. A flow never imports another flow's modules.

A flow reads its addresses once, from the environment of the worker that runs it. Statements are in
`sql/flows`, definitions in `market`; nothing here knows how the stack is started.
"""
