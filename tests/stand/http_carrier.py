"""A carrier over HTTP, in the test's own process: it notes what it is asked, and answers well, badly or not at all."""

import contextlib
import json

from aiohttp import web

from stand.harbour import HOST


class HttpCarrier:
    """`answers` are given in turn, the last one again and again; a coroutine function is called for its answer."""

    def __init__(self, answers):
        self.answers = list(answers)
        self.requests = []  # (method, path and query, body, headers)
        self.at_once = self.most_at_once = 0

    async def answer(self, request):
        self.requests.append((request.method, request.path_qs, await request.text(), dict(request.headers)))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            said = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            if callable(said):
                said = await said(request)
            return said if isinstance(said, web.StreamResponse) else web.json_response(said)
        finally:
            self.at_once -= 1

    def bodies(self):
        """What was asked, of JSON"""
        return [json.loads(body) for _, _, body, _ in self.requests]


@contextlib.asynccontextmanager
async def a_provider(*answers):
    carrier = HttpCarrier(answers)
    app = web.Application(client_max_size=10_000_000)
    app.router.add_route("*", "/{tail:.*}", carrier.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, HOST, 0).start()
    carrier.port = runner.addresses[0][1]
    carrier.url = f"http://{HOST}:{carrier.port}"
    try:
        yield carrier
    finally:
        await runner.cleanup()


async def hang_up(request):
    request.transport.abort()
    return web.Response()
