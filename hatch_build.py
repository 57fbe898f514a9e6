"""Compile the native bridge while the package is built, where there is a C compiler.

Without one the wheel is pure Python, and everything but compiled drivers works. ``ERTS_EMU_WITHOUT_BRIDGE=1`` leaves
the bridge out on purpose.
"""

from __future__ import annotations

import importlib.util
import os
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BridgeHook(BuildHookInterface[Any]):
    """Add the extension to the wheel, and tag it for the platform."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it collects files; *version* is ``editable`` or ``standard``."""
        if os.environ.get("ERTS_EMU_WITHOUT_BRIDGE") == "1":
            return
        path = Path(self.root) / "erts_emu" / "native" / "build.py"
        spec = importlib.util.spec_from_file_location("_erts_emu_bridge_build", path)
        assert spec is not None
        assert spec.loader is not None
        build = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(build)
        folder = path.parent if version == "editable" else Path(tempfile.mkdtemp(prefix="erts_emu_bridge_"))
        try:
            extension = build.build(folder)
        except build.CannotBuild as error:
            self.app.display_warning(f"without the native bridge: {error}")
            return
        if version != "editable":
            build_data["force_include"][str(extension)] = f"erts_emu/native/{extension.name}"
        build_data["pure_python"] = False
        if build.FREE_THREADED:
            build_data["infer_tag"] = True
        else:
            build_data["tag"] = f"cp311-abi3-{sysconfig.get_platform().replace('-', '_').replace('.', '_')}"
