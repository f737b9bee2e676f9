"""The house rules that a linter does not know, read from the source itself."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
STUDIO = ROOT / "studio"
MODULES = sorted(STUDIO.rglob("*.py"))
LONGEST = 300

# Besides service.py and jobs.py (and folders of that name) these open transactions, each with
# its reason.
ALSO_COMMIT = {
    "studio/db.py",  # defines it
    "studio/worker.py",  # the worker's sign of life is no feature's
    "studio/booking/settlement.py",  # one use case for the worker and the page after paying
    "studio/booking/disputed.py",  # the same, for what banks ask back
    "studio/booking/money_back.py",  # one use case for the worker and the office's check
}

# Chance that decides nothing secret.
MAY_USE_RANDOM = {"studio/db.py", "studio/sandbox", "studio/demo"}


def name(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Every call with its dotted name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def trees() -> Iterator[tuple[str, ast.Module]]:
    for file in MODULES:
        yield name(file), ast.parse(file.read_text())


def kept_files() -> list[Path]:
    """What git keeps or would keep."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def is_use_case(module: str) -> bool:
    parts = module.removesuffix(".py").split("/")
    return (
        parts[-1].endswith("service")
        or parts[-1] == "jobs"
        or "service" in parts
        or module in ALSO_COMMIT
    )


def test_only_use_cases_open_transactions() -> None:
    openers = {module for module, tree in trees() for called, _ in calls(tree)
               if called == "transaction" or called.endswith(".transaction")}  # fmt: skip

    assert {module for module in openers if not is_use_case(module)} == set()
    assert openers >= ALSO_COMMIT - {"studio/db.py"}, "an exception that is none any more"


def test_nobody_commits_by_hand() -> None:
    found = [
        f"{module}:{call.lineno}"
        for module, tree in trees()
        for called, call in calls(tree)
        if called.endswith(("session.commit", "session().commit", "db.session.begin"))
    ]

    assert found == []


def test_engines_are_made_in_one_place() -> None:
    allowed = {"studio/db.py", "studio/backup.py"}
    found = {
        module
        for module, tree in trees()
        for called, _ in calls(tree)
        if called.rpartition(".")[2] == "create_engine"
    }

    assert found <= allowed


def test_money_is_never_a_float() -> None:
    of_money = re.compile(r"money|pricing|payments|ledger|settlement|sale|terms")
    found = [
        f"{module}:{call.lineno}"
        for module, tree in trees()
        if of_money.search(module)
        for called, call in calls(tree)
        if called == "float"
    ]

    assert found == []


def test_stripe_is_asked_as_its_version_wants_it_and_notices_are_checked() -> None:
    """Cards only by the word that there is; no notice is read before its signature fits."""
    unsafe = re.compile(r"construct_event_without_verification|(?<!allowed_)payment_method_types")
    found = [name(file) for file in MODULES
             if "sandbox" not in file.parts and unsafe.search(file.read_text())]  # fmt: skip

    assert found == []


def test_whatever_is_made_at_stripe_has_a_key_of_ours() -> None:
    """A repeat under the same key makes nothing twice."""
    made = [
        call
        for module, tree in trees()
        if module == "studio/adapters/stripe_gateway.py"
        for called, call in calls(tree)
        if called.startswith("self._client.v1.") and called.endswith((".create", ".confirm"))
    ]

    assert len(made) >= 2
    assert [call.lineno for call in made if "idempotency_key" not in ast.unparse(call)] == []


def test_times_are_aware() -> None:
    naive = ("datetime.utcnow", "datetime.utcfromtimestamp", "datetime.today")
    found = [
        f"{module}:{call.lineno}"
        for module, tree in trees()
        for called, call in calls(tree)
        if called.endswith(naive) or (called.endswith("datetime.now") and not call.args)
    ]

    assert found == []


def test_the_clock_is_read_in_one_place() -> None:
    """Use cases ask the port, so that a test and `--at` can move it."""
    found = {
        module
        for module, tree in trees()
        for called, _ in calls(tree)
        if called.endswith(("datetime.now", "date.today")) and "sandbox" not in module
    }

    # The mailbox names its files by when they were written.
    assert found <= {"studio/app.py", "studio/adapters/local_mailbox.py"}


def test_chance_that_matters_is_cryptographic() -> None:
    found = {
        module
        for module, tree in trees()
        for node in ast.walk(tree)
        if (isinstance(node, ast.Import) and any(a.name == "random" for a in node.names))
        or (isinstance(node, ast.ImportFrom) and node.module == "random")
    }

    assert {m for m in found if not m.startswith(tuple(MAY_USE_RANDOM))} == set()


def test_secrets_are_not_compared_by_equality() -> None:
    """`==` tells by its time how much of a secret was right."""
    secret = re.compile(r"(token|secret|signature|password|digest)(?![\w.(])", re.IGNORECASE)
    found = []
    for module, tree in trees():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], ast.Eq | ast.NotEq):
                continue
            sides = [node.left, *node.comparators]
            if any(isinstance(side, ast.Constant) for side in sides):
                continue
            words = ast.unparse(node)
            if secret.search(words) and "hash" not in words:  # the database looks hashes up
                found.append(f"{module}:{node.lineno} {words}")

    assert found == []


def test_nothing_is_marked_safe() -> None:
    """One place makes HTML of text, after cleaning it."""
    found = {
        module
        for module, tree in trees()
        for called, _ in calls(tree)
        if called.rpartition(".")[2] == "Markup"
    }

    assert found <= {"studio/web/filters.py"}


def test_files_have_one_purpose_each() -> None:
    ours = [*MODULES, *(ROOT / "templates").rglob("*.html"), *(ROOT / "bench").rglob("*.py"),
            *(ROOT / "scripts").rglob("*.py")]  # fmt: skip
    long = {name(file): lines for file in ours
            if (lines := len(file.read_text().splitlines())) > LONGEST}  # fmt: skip

    assert long == {}


def test_no_module_is_named_after_nothing() -> None:
    vague = {"utils", "helpers", "common", "manager", "base", "misc"}

    assert [name(file) for file in MODULES if file.stem in vague] == []


def test_packages_say_what_they_own() -> None:
    silent = [
        name(file)
        for file in STUDIO.rglob("__init__.py")
        if not ast.get_docstring(ast.parse(file.read_text()))
    ]

    assert silent == []


def test_nothing_is_left_to_be_done() -> None:
    marks = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|NotImplementedError")
    found = [name(file) for file in MODULES if marks.search(file.read_text())]

    assert found == []


def test_the_repository_names_no_registry_and_no_machine() -> None:
    hosts = re.compile(
        r"(files\.pythonhosted|pypi\.(org|python)|registry\.(npmjs|yarnpkg)|deb\.debian"
        r"|security\.debian|docker\.io/|ghcr\.io)"
    )
    homes = re.compile(r"/(root|work|home/\w+|Users/\w+)/")
    here = Path(__file__)
    found = []
    for file in kept_files():
        if file == here or file.suffix in {".png", ".woff2", ".ico"}:
            continue
        text = file.read_text(errors="replace")
        found += [f"{name(file)}: {m.group()}" for m in [*hosts.finditer(text)]]
        found += [f"{name(file)}: {m.group()}" for m in [*homes.finditer(text)]]

    assert found == []
