from __future__ import annotations

import asyncio
import socket

import pytest

from chowda.listen_socket import bind, port_of


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_an_answer_in_two_parts_is_not_held_back_until_the_first_is_acknowledged(host: str) -> None:
    at_once: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def connected(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted = writer.get_extra_info("socket")
        at_once.set_result(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    listener = bind(host, 0)
    async with await asyncio.start_server(connected, sock=listener):
        _, writer = await asyncio.open_connection(host, port_of(listener))
        assert await asyncio.wait_for(at_once, 5)
        writer.close()
