"""`python -m tidemark`: the command line without its installed script."""

from tidemark.cli import main

main(prog_name="tidemark")
