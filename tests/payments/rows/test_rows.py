"""Every row of the table of failures has its test."""

from __future__ import annotations

import re

from tests.architecture.test_source import ROOT
from tests.payments.rows.table import ROWS


def test_each_row_names_tests_that_are_there() -> None:
    assert set(ROWS) == set(range(1, 51))
    for number, tests in ROWS.items():
        for each in tests:
            file, _, name = each.partition("::")
            assert re.search(rf"^def {name}\(", (ROOT / file).read_text(), re.MULTILINE), (
                f"row {number}: {each}"
            )
