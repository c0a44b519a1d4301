"""Runs the fake app as a process: it prints its address and ends on SIGTERM."""

from __future__ import annotations

import argparse
import asyncio
import signal

import msgspec

from .app import FakeClams


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fake_clams")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--name", default="fake")
    parser.add_argument("--version", default="v1.0")
    parser.add_argument("--identifier")
    parser.add_argument("--mmif-version", default="1.0.5")
    parser.add_argument("--seconds", type=float, default=0.0, help="duration of each call")
    parser.add_argument("--capacity", type=int, help="concurrent calls; further ones wait")
    parser.add_argument("--annotations", type=int, default=1, help="number in each new view")
    parser.add_argument("--annotation-text", default="", help="text of each annotation")
    parser.add_argument("--progress", default="off", help="off, on, hanging, nonsense, long or a number")
    parser.add_argument("--input", type=msgspec.json.decode, help="JSON, as in the metadata")
    parser.add_argument("--output", type=msgspec.json.decode, help="JSON list of type URIs")
    parser.add_argument("--parameters", type=msgspec.json.decode, help="JSON, as in the metadata")
    return parser.parse_args()


async def main() -> None:
    app = FakeClams(**vars(arguments()))
    await app.listen()
    print(app.url, flush=True)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()


asyncio.run(main())
