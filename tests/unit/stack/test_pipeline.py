"""What is never torn down."""

from pathlib import Path

import pytest

from market.errors import TidemarkError
from stack.pipeline import tear_down
from stack.settings import read_settings


def test_the_products_own_data_are_never_torn_down(tmp_path: Path) -> None:
    settings = read_settings({"TIDEMARK_HOME": str(tmp_path), "TIDEMARK_PORT_BASE": "20750"})
    with pytest.raises(TidemarkError, match="expected one with a prefix, found '', the product's"):
        tear_down(settings)
