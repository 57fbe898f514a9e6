"""``erts-emu new`` writes a project whose tests pass as they are; the example is one of them, unchanged."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from erts_emu.cli import main
from tests.native.building import REQUIRED, bridge_problem

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "upper_drv"


@pytest.mark.parametrize(
    ("options", "advice", "tests"), [([], "pip install -e '.[test]'", 6), (["--c"], "pip install pytest", 9)]
)
def test_the_tests_of_a_new_driver_pass(options, advice, tests, tmp_path, monkeypatch, capsys):
    if options and (problem := bridge_problem()) is not None:
        if REQUIRED:
            pytest.fail(problem)
        pytest.skip(problem)
    monkeypatch.chdir(tmp_path)
    assert main(["new", "my_drv", *options]) == 0
    assert advice in capsys.readouterr().out
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "erts_emu.testing.plugin", "-p", "no:cacheprovider"],
        cwd=tmp_path / "my_drv",
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    skipped = 1 if options and shutil.which("erl") is None else 0
    assert f"{tests - skipped} passed" in result.stdout


def test_the_example_is_what_the_command_writes(tmp_path):
    assert main(["new", "upper_drv", "--folder", str(tmp_path / "made")]) == 0
    made = {file.relative_to(tmp_path / "made"): file.read_text() for file in (tmp_path / "made").rglob("*.*")}
    files = [file for file in EXAMPLE.rglob("*.*") if "__pycache__" not in file.parts and ".egg-info" not in str(file)]
    assert made == {file.relative_to(EXAMPLE): file.read_text() for file in files}


@pytest.mark.parametrize("name", ["MyDriver", "my-drv", "2fast", "", "class", "../drv"])
def test_a_name_that_no_driver_can_have_is_refused(name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["new", name]) == 1
    assert "is no name for a driver" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_empty_is_left_alone(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_drv").mkdir()
    (tmp_path / "my_drv" / "file").write_text("mine")
    assert main(["new", "my_drv"]) == 1
    assert "is not an empty folder" in capsys.readouterr().err
    assert [file.name for file in (tmp_path / "my_drv").iterdir()] == ["file"]
