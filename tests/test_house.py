"""The house rules that no other tool checks."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("data", "simulator", "decision", "experiments", "api")
VAGUE = {"utils.py", "common.py", "helpers.py", "base.py", "misc.py"}


def _modules() -> list[Path]:
    found = [path.relative_to(ROOT) for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return [path for path in found if "versions" not in path.parts]


def _summary(module: Path) -> str:
    docstring = ast.get_docstring(ast.parse((ROOT / module).read_text(encoding="utf-8")))
    assert docstring, f"{module} has no docstring"
    return docstring.splitlines()[0].rstrip(".")


def _expected_map() -> list[str]:
    return [
        f"- `{module.parent if module.name == '__init__.py' else module}`: {_summary(module)}" for module in _modules()
    ]


def test_the_module_map_is_true() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    listed = re.findall(r"^- `(?:data|simulator|decision|experiments|api)\b.*$", text, flags=re.MULTILINE)
    assert listed == _expected_map(), "write this map into ARCHITECTURE.md:\n" + "\n".join(_expected_map())


def test_no_test_folder_is_a_package_that_would_shadow_ours() -> None:
    assert not list((ROOT / "tests").rglob("__init__.py"))


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert not [module for module in _modules() if module.name in VAGUE]


def test_the_lock_names_hashes_and_no_addresses() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pinned = re.findall(r"^[a-z0-9._-]+==", lock, flags=re.MULTILINE)
    assert len(pinned) > 50
    assert lock.count("--hash=sha256:") >= len(pinned)
    assert "://" not in lock


def test_every_relative_link_of_the_pages_leads_somewhere() -> None:
    pages = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", *sorted((ROOT / "docs").rglob("*.md"))]
    broken = [
        f"{page.relative_to(ROOT)} -> {target}"
        for page in pages
        for target in re.findall(r"\]\((?!https?://|#|mailto:)([^)#\s]+)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert not broken


def test_the_project_contains_none_of_the_public_data() -> None:
    listing = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S607
    assert not [name for name in listing.stdout.splitlines() if re.search(r"dataco_orders|zymu_|ihdp_npci", name)]
