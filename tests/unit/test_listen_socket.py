from __future__ import annotations

import asyncio
import socket

import pytest

from chowda.listen_socket import bind, port_of


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_accepted_connections_send_without_delay(host: str) -> None:
    no_delay: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def connected(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted = writer.get_extra_info("socket")
        no_delay.set_result(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    listener = bind(host, 0)
    async with await asyncio.start_server(connected, sock=listener):
        _, writer = await asyncio.open_connection(host, port_of(listener))
        assert await asyncio.wait_for(no_delay, 5)
        writer.close()
