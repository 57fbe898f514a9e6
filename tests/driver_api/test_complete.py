"""Nothing is missing: every function that the header declares exists, has a proof, and stands on the page."""

import importlib.util
import inspect
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import erts_emu.driver
from erts_emu.driver import constants

ROOT = Path(__file__).parents[2]
ERL = shutil.which("erl")
INCLUDE = Path(ERL).resolve().parents[1] / "usr" / "include" if ERL else Path()
HEADER = (INCLUDE / "erl_driver.h").exists() and shutil.which("gcc") is not None
needs_header = pytest.mark.skipif(not HEADER, reason="erl_driver.h or gcc is not installed")

PYTHON_ONLY = {"erl_drv_sleep"}
ABSENT = {"dtrace_drvport_str"}
DECLARED = frozenset(
    """
    add_driver_entry driver_alloc driver_alloc_binary driver_async driver_async_port_key driver_binary_dec_refc
    driver_binary_get_refc driver_binary_inc_refc driver_caller driver_cancel_timer driver_compare_monitors
    driver_connected driver_create_port driver_demonitor_process driver_deq driver_dl_close driver_dl_error
    driver_dl_open driver_dl_sym driver_enq driver_enq_bin driver_enqv driver_exit driver_failure driver_failure_atom
    driver_failure_eof driver_failure_posix driver_free driver_free_binary driver_get_monitored_process driver_get_now
    driver_lock_driver driver_mk_atom driver_mk_port driver_mk_term_nil driver_monitor_process driver_output
    driver_output2 driver_output_binary driver_output_term driver_outputv driver_pdl_create driver_pdl_dec_refc
    driver_pdl_get_refc driver_pdl_inc_refc driver_pdl_lock driver_pdl_unlock driver_peekq driver_peekqv driver_pushq
    driver_pushq_bin driver_pushqv driver_read_timer driver_realloc driver_realloc_binary driver_select driver_send_term
    driver_set_timer driver_sizeq driver_system_info driver_vec_to_buf dtrace_drvport_str erl_drv_busy_msgq_limits
    erl_drv_cond_broadcast erl_drv_cond_create erl_drv_cond_destroy erl_drv_cond_name erl_drv_cond_signal
    erl_drv_cond_wait erl_drv_consume_timeslice erl_drv_convert_time_unit erl_drv_equal_tids erl_drv_getenv
    erl_drv_init_ack erl_drv_monotonic_time erl_drv_mutex_create erl_drv_mutex_destroy erl_drv_mutex_lock
    erl_drv_mutex_name erl_drv_mutex_trylock erl_drv_mutex_unlock erl_drv_output_term erl_drv_putenv
    erl_drv_rwlock_create erl_drv_rwlock_destroy erl_drv_rwlock_name erl_drv_rwlock_rlock erl_drv_rwlock_runlock
    erl_drv_rwlock_rwlock erl_drv_rwlock_rwunlock erl_drv_rwlock_tryrlock erl_drv_rwlock_tryrwlock erl_drv_send_term
    erl_drv_set_os_pid erl_drv_thread_create erl_drv_thread_exit erl_drv_thread_join erl_drv_thread_name
    erl_drv_thread_opts_create erl_drv_thread_opts_destroy erl_drv_thread_self erl_drv_time_offset erl_drv_tsd_get
    erl_drv_tsd_key_create erl_drv_tsd_key_destroy erl_drv_tsd_set erl_errno_id get_port_flags null_func
    remove_driver_entry set_busy_port set_port_control_flags
    """.split()
)


@pytest.fixture(scope="module")
def generator():
    spec = importlib.util.spec_from_file_location("generate_driver_api", ROOT / "docs" / "generate_driver_api.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def documented(generator):
    """The functions in all chapters, with their thread codes."""
    return {name: code for chapter in generator.CHAPTERS for name, code, _ in generator.functions(chapter)}


def test_there_are_112_functions():
    assert len(DECLARED) == 112


def test_every_function_can_be_imported_and_is_documented(documented):
    exported = set(erts_emu.driver.__all__)
    assert exported >= DECLARED - ABSENT
    assert set(documented) == (DECLARED - ABSENT) | PYTHON_ONLY
    for name in documented:
        assert callable(getattr(erts_emu.driver, name))


def test_every_function_says_on_which_threads_it_may_be_called(documented):
    assert set(documented.values()) == {"A", "P", "C", "S", "C, S"}


def test_every_chapter_is_on_the_page(generator):
    files = {file.stem for file in generator.API.glob("*.py") if not file.stem.startswith("_")}
    assert files == set(generator.CHAPTERS)


def test_every_function_and_every_surprise_has_a_proof(generator):
    proved = set(generator.proofs())
    assert proved >= DECLARED
    assert proved >= {f"S{number}" for number in range(1, 48)}
    assert proved <= DECLARED | {f"S{number}" for number in range(1, 48)} | {"driver_term_nil"}


def test_the_page_is_up_to_date(generator):
    page = generator.PAGE.read_text(encoding="utf-8")
    assert page == generator.page(), "run python docs/generate_driver_api.py"
    for name in DECLARED:
        assert f"| `{name}` |" in page


def test_every_link_of_the_page_leads_to_a_test(generator):
    for label, file in re.findall(r"\[([^]]+)\]\(\.\./tests/driver_api/(\w+\.py)\)", generator.page()):
        text = (generator.TESTS / file).read_text(encoding="utf-8")
        assert f"def test_{label.replace(' ', '_')}(" in text or label == "what every function answers"


def test_constants_are_exported():
    assert {name for name in vars(constants) if name.isupper()} <= set(erts_emu.driver.__all__)


def preprocessed():
    source = '#include "erl_driver.h"\n'
    result = subprocess.run(
        ["gcc", "-E", "-P", f"-I{INCLUDE}", "-x", "c", "-"], input=source, capture_output=True, text=True, check=True
    )
    return result.stdout


@pytest.mark.erl
@needs_header
def test_the_header_declares_the_same_functions():
    names = re.findall(
        r"\b((?:driver_|erl_drv_|erl_errno|set_busy|set_port|get_port|add_driver|remove_driver|null_func|dtrace_)\w*)\s*\(",
        preprocessed(),
    )
    assert set(names) == DECLARED


def _plain(text):
    """C without line breaks, attributes and parameters of parameters."""
    text = re.sub(r"__attribute__\s*\(\(.*?\)\)\s*(?=[;_])", "", text.replace("\n", " "))
    return re.sub(r"\(\s*\*[^()]*\)\s*\([^()]*\)", "function", text)


POINTERS_WITH_LENGTHS = {
    # How many of C's parameters Python does not have, because they are lengths that the value before them carries.
    "driver_output": 1, "driver_output2": 2, "driver_output_binary": 1, "driver_outputv": 1, "driver_vec_to_buf": 1,
    "driver_output_term": 1, "driver_send_term": 1, "erl_drv_output_term": 1, "erl_drv_send_term": 1, "driver_enq": 1,
    "driver_pushq": 1,
}  # fmt: skip


@pytest.mark.erl
@needs_header
def test_python_functions_have_cs_parameters_but_for_lengths():
    declarations = dict(re.findall(r"\b(\w+)\s*\(([^;{}]*)\)\s*;", _plain(preprocessed())))
    for name in DECLARED - ABSENT:
        parameters = declarations[name]
        count = 0 if parameters.strip() in ("", "void") else parameters.count(",") + 1
        python = len(inspect.signature(getattr(erts_emu.driver, name)).parameters)
        assert python == count - POINTERS_WITH_LENGTHS.get(name, 0), name


@pytest.mark.erl
@needs_header
def test_constants_have_the_headers_values(tmp_path):
    names = [name for name in vars(constants) if name.isupper()]
    prints = "".join(f'printf("%lld\\n", (long long) ({name}));\n' for name in names)
    (tmp_path / "constants.c").write_text(
        f'#include <stdio.h>\n#include "erl_driver.h"\nint main(void) {{ {prints} return 0; }}\n'
    )
    program = tmp_path / "constants"
    subprocess.run(["gcc", "-w", f"-I{INCLUDE}", "-o", program, tmp_path / "constants.c"], check=True)
    values = subprocess.run([program], capture_output=True, text=True, check=True).stdout.split()
    mask = (1 << 64) - 1
    for name, value in zip(names, map(int, values), strict=True):
        mine = getattr(constants, name)
        assert mine & mask == value & mask or (name.endswith("MARKER") and mine & 0xFFFFFFFF == value & 0xFFFFFFFF), (
            name
        )
