"""The local stack: what runs, in which order, under which supervisor, and how to check its health.

Everything that only exists on a developer's machine or in the tests is here and in
`deploy/local/`. The pipeline itself knows nothing of it: it gets addresses.
"""
