#!/usr/bin/python3
"""Servers behind a gateway, or on the open Internet: services.py PAGE_TEXT ADDRESS...

On each address: port 80 answers every HTTP request with the page, /stream with one line every
10 ms without end; port 7 echoes, over TCP and UDP.
"""
import asyncio
import socket
import sys

BUFFER = 8 << 20
SO_RCVBUFFORCE = 33


class Echo(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport
        # A loaded machine may let us wait; what a test then misses was not lost on the way.
        transport.get_extra_info('socket').setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)

    def datagram_received(self, data, peer):
        self.transport.sendto(data, peer)


async def echo(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    writer.close()


async def stream(writer):
    number = 0
    while True:
        writer.write(b'%d\n' % number)
        await writer.drain()
        await asyncio.sleep(0.01)
        number += 1


def page_server(page: str):
    async def answer(reader, writer):
        try:
            request = (await reader.readuntil(b'\r\n\r\n')).split()
            body = page.encode()
            if request[1] == b'/stream':
                writer.write(b'HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n')
                await stream(writer)
            head = f'HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}'
            writer.write(head.encode() + b'\r\n\r\n' + body)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, IndexError):
            pass
        writer.close()

    return answer


async def main(page: str, addresses: list[str]) -> None:
    loop = asyncio.get_running_loop()
    await asyncio.start_server(page_server(page), addresses, 80)
    await asyncio.start_server(echo, addresses, 7)
    for address in addresses:
        await loop.create_datagram_endpoint(Echo, (address, 7))
    print('ready', flush=True)
    await asyncio.Event().wait()


if __name__ == '__main__':
    asyncio.run(main(sys.argv[1], sys.argv[2:]))
