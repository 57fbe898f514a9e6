"""Plugins that are no good: each is refused at load, with the file, the driver, the field, and what to do."""

import textwrap

import pytest
from helpers import everywhere

from erts_emu import Atom
from erts_emu.driver import Driver, DriverEntry
from erts_emu.errors import DriverLoadError

pytestmark = pytest.mark.timeout(20)

IMPORTS = "import functools\nfrom erts_emu.driver import Driver, DriverEntry, hookimpl\n"


def refused(emu, folder, source, reason, *fragments):
    """The plugin with *source* cannot be loaded; nothing of it is left, and the same file can be mended."""
    file = folder / "my_drv.py"
    file.write_text(IMPORTS + textwrap.dedent(source))
    with emu.attach() as me:
        with pytest.raises(DriverLoadError) as caught:
            me.erl_ddll.load(str(folder), "my_drv")
        error = caught.value
        assert error.reason == reason or error.reason[0] == reason
        for fragment in ("my_drv", *fragments):
            assert fragment in str(error)
        assert me.erl_ddll.loaded_drivers() == []
        file.write_text(GOOD)
        me.erl_ddll.load(str(folder), "my_drv")
        port = me.open_port(("spawn_driver", "my_drv"))
        assert me.port_control(port, 1, b"works") == list(b"works")
        me.port_close(port)
        me.erl_ddll.unload("my_drv")


GOOD = (
    IMPORTS
    + """
@hookimpl
def driver_init():
    return DriverEntry(driver_name="my_drv", control=lambda drv_data, command, buf: buf)
"""
)


def entry(arguments):
    return f"""
    async def async_callback(*arguments): pass
    def generator(*arguments): yield
    def few(a): pass
    def many(a, b, c, d, e): pass
    def keywords(drv_data, *, buf): pass
    class Late:
        async def __call__(self, *arguments): pass
    @hookimpl
    def driver_init():
        return DriverEntry({arguments})
    """


PLUGINS = {
    "no driver_init": ("x = 1", "no_driver_init", "my_drv.py", "driver_init"),
    "driver_init is not marked": ("def driver_init(): pass", "no_driver_init", "my_drv.py", "@hookimpl"),
    "driver_init has parameters": (
        "@hookimpl\ndef driver_init(handle): pass", "no_driver_init", "my_drv.py", "handle",
    ),
    "driver_init returns None": (
        "@hookimpl\ndef driver_init(): pass", "driver_init_failed", "my_drv.py", "returned None",
    ),
    "driver_init raises": (
        "@hookimpl\ndef driver_init(): raise KeyError('some key')", "driver_init_failed", "my_drv.py", "some key",
    ),
    "driver_init exits": (
        "@hookimpl\ndef driver_init(): raise SystemExit(3)", "driver_init_failed", "my_drv.py", "SystemExit",
    ),
    "driver_init is a coroutine": (
        "@hookimpl\nasync def driver_init(): return None", "driver_init_failed", "my_drv.py", "async def",
    ),
    "driver_init returns a dict": (
        "@hookimpl\ndef driver_init(): return {'driver_name': 'my_drv'}", "driver_init_failed", "my_drv.py",
        "must return a DriverEntry",
    ),
    "driver_init returns a class": (
        """
        class MyDriver(Driver):
            driver_name = "my_drv"
        @hookimpl
        def driver_init(): return MyDriver
        """,
        "driver_init_failed", "my_drv.py", "MyDriver.entry()",
    ),
    "syntax error": ("def driver_init(:", "open_error", "my_drv.py:3", "syntax error"),
    "import error": ("import no_such_module_anywhere", "open_error", "my_drv.py", "no_such_module_anywhere"),
    "error at import": ("1 / 0", "open_error", "my_drv.py", "ZeroDivisionError"),
    "exit at import": ("import sys; sys.exit(1)", "open_error", "my_drv.py", "SystemExit"),
    "null byte": ("x = '\0'", "open_error", "my_drv.py"),
    "wrong name": (entry("driver_name='other_drv'"), "bad_driver_name", "my_drv.py", "'other_drv'", "'my_drv'"),
    "no name": (entry("driver_name=''"), "driver_init_failed", "my_drv.py", "driver_name"),
    "name is bytes": (entry("driver_name=b'my_drv'"), "driver_init_failed", "my_drv.py", "driver_name", "str"),
    "name is missing": (entry(""), "driver_init_failed", "my_drv.py", "driver_name"),
    "unknown field": (entry("driver_name='my_drv', outputt=few"), "driver_init_failed", "my_drv.py", "outputt"),
    "positional fields": (entry("'my_drv'"), "driver_init_failed", "my_drv.py"),
    "major version": (entry("driver_name='my_drv', major_version=4"), "driver_incorrect_version", "4.3", "3.0 to 3.3"),
    "minor version": (entry("driver_name='my_drv', minor_version=4"), "driver_incorrect_version", "3.4"),
    "marker": (entry("driver_name='my_drv', extended_marker=0"), "driver_incorrect_version", "0x0"),
    "version is text": (entry("driver_name='my_drv', major_version='3'"), "driver_init_failed", "major_version", "int"),
    "flags are text": (entry("driver_name='my_drv', driver_flags='x'"), "driver_init_failed", "driver_flags", "int"),
    "flags are a truth value": (entry("driver_name='my_drv', driver_flags=True"), "driver_init_failed", "driver_flags"),
    "callback is no function": (
        entry("driver_name='my_drv', output='x'"), "driver_init_failed", "my_drv.py", "output", "output(drv_data, buf)",
    ),
    "too few parameters": (
        entry("driver_name='my_drv', output=few"), "driver_init_failed", "my_drv.py", "output(drv_data, buf)", "(a)",
    ),
    "too many parameters": (entry("driver_name='my_drv', start=many"), "driver_init_failed", "start(port, command)"),
    "keyword-only parameters": (entry("driver_name='my_drv', output=keywords"), "driver_init_failed",
    "output(drv_data"),
    "init with parameters": (entry("driver_name='my_drv', init=few"), "driver_init_failed", "init()"),
    "coroutine callback": (
        entry("driver_name='my_drv', output=async_callback"), "driver_init_failed", "output", "coroutine function",
    ),
    "coroutine callback in a partial": (
        entry("driver_name='my_drv', stop=functools.partial(async_callback, 1)"), "driver_init_failed", "stop",
        "coroutine",
    ),
    "coroutine callback in an object": (
        entry("driver_name='my_drv', timeout=Late()"), "driver_init_failed", "timeout", "coroutine",
    ),
    "generator callback": (entry("driver_name='my_drv', flush=generator"), "driver_init_failed", "flush", "generator"),
    "init fails": (entry("driver_name='my_drv', init=lambda: -1"), "driver_init_failed", "init returned -1"),
    "init raises": (entry("driver_name='my_drv', init=lambda: 1 / 0"), "driver_init_failed", "init raised", "ZeroDiv"),
    "init exits": (entry("driver_name='my_drv', init=exit"), "driver_init_failed", "init"),
}  # fmt: skip


@pytest.mark.parametrize("name", PLUGINS)
def test_a_bad_plugin_is_refused_at_load(name, emu, tmp_path):
    source, reason, *fragments = PLUGINS[name]
    refused(emu, tmp_path, source, Atom(reason), *fragments)


@everywhere
def test_on_every_thread_layer(run, tmp_path):
    def scenario(emu):
        refused(emu, tmp_path, "def driver_init(): pass", Atom("no_driver_init"), "@hookimpl")

    run(scenario, **({"n": 5} if run.__name__ == "every_schedule" else {}))


def test_a_class_with_methods_of_a_wrong_shape(me):
    class Wrong(Driver):
        driver_name = "wrong_drv"

        def output(self):
            """Lacks the data."""

    with pytest.raises(DriverLoadError, match=r"Wrong.*'wrong_drv'.*output is called as output\(drv_data, buf\)"):
        me.erl_ddll.load(Wrong, "wrong_drv")


def test_a_class_without_name(me):
    class Nameless(Driver):
        pass

    with pytest.raises(DriverLoadError, match=r"Nameless.*driver_name"):
        me.erl_ddll.load(Nameless, "nameless_drv")


def test_a_class_whose_init_wants_an_instance(me):
    class Wrong(Driver):
        driver_name = "wrong_drv"

        def init(self):
            """Belongs to the driver, and there is no port yet."""

    with pytest.raises(DriverLoadError, match=r"init is called as init\(\).*class or static method"):
        me.erl_ddll.load(Wrong, "wrong_drv")


def test_a_class_whose_start_is_a_coroutine(me):
    class Wrong(Driver):
        driver_name = "wrong_drv"

        async def start(self, command):
            """Would never run."""

    with pytest.raises(DriverLoadError, match=r"start must be a plain function.*not a coroutine function"):
        me.erl_ddll.load(Wrong, "wrong_drv")


def test_a_class_whose_start_takes_no_command(me):
    class Wrong(Driver):
        driver_name = "wrong_drv"

        def start(self):
            """Lacks the command."""

    with pytest.raises(DriverLoadError, match=r"start.*command"):
        me.erl_ddll.load(Wrong, "wrong_drv")


@pytest.mark.parametrize("path", [5, 1.5, object(), lambda: None])
def test_what_is_no_plugin_at_all(path, me):
    with pytest.raises(DriverLoadError) as caught:
        me.erl_ddll.load(path, "my_drv")
    assert caught.value.reason == Atom("no_driver_init")
    assert "driver_init" in str(caught.value)


def test_a_missing_file_says_what_was_looked_for(me, tmp_path):
    with pytest.raises(DriverLoadError, match=r"neither nowhere_drv\.py nor nowhere_drv\.so") as caught:
        me.erl_ddll.load(str(tmp_path), "nowhere_drv")
    assert str(tmp_path) in str(caught.value)


def test_an_entry_with_keyword_only_construction():
    with pytest.raises(TypeError, match="positional"):
        DriverEntry("my_drv")
