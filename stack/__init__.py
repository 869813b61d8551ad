"""The local stack: what runs, in which order, under which supervisor, and how to tell it is well.

Everything that only exists on a developer's machine or in the tests stands here and in
`deploy/local/`. The pipeline itself knows nothing of it: it is given addresses.
"""
