import pytest

pytest.register_assert_rewrite(
    "tests.walk.altering",
    "tests.walk.clients",
    "tests.walk.machine",
    "tests.walk.staff",
    "tests.walk.sweep",
)
