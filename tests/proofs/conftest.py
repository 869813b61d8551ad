"""The stack of the proofs: that of the integration ring, on ports of its own."""

from tests.integration.conftest import stack

__all__ = ["stack"]
