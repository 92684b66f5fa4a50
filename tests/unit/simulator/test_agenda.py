import asyncio

from lotsman.simulator.agenda import Agenda


async def after(agenda, *entries):
    """What was called, in order, when the last entry was"""
    called, last = [], asyncio.Event()
    for seconds, name in entries:
        agenda.after(seconds, called.append, name)
    agenda.after(max(seconds for seconds, _ in entries), last.set)
    async with asyncio.timeout(5):
        await last.wait()
    return called


def test_what_is_due_first_is_called_first_whenever_it_was_asked_for():
    async def main():
        agenda = Agenda()
        agenda.wake(asyncio.get_running_loop())
        assert await after(agenda, (0.02, "third"), (0.01, "second"), (0, "first")) == [
            "first",
            "second",
            "third",
        ]
        assert len(agenda) == 0

    asyncio.run(main())


def test_what_is_due_together_is_called_in_the_order_of_asking():
    async def main():
        agenda = Agenda()
        agenda.wake(asyncio.get_running_loop())
        names = list(range(100))
        assert await after(agenda, *((0.005, name) for name in names)) == names

    asyncio.run(main())


def test_what_is_called_may_ask_for_more_or_fail_and_the_rest_is_still_called():
    async def main():
        loop = asyncio.get_running_loop()
        failures = []
        loop.set_exception_handler(lambda _, context: failures.append(str(context["exception"])))
        agenda = Agenda()
        agenda.wake(loop)
        called, last = [], asyncio.Event()
        agenda.after(0, int, "no number")
        agenda.after(0, lambda: agenda.after(0.001, called.append, "more"))
        agenda.after(0.005, last.set)
        async with asyncio.timeout(5):
            await last.wait()
        assert called == ["more"]
        assert len(failures) == 1

    asyncio.run(main())


def test_a_resting_agenda_forgets_nothing():
    async def main():
        loop = asyncio.get_running_loop()
        agenda = Agenda()
        agenda.wake(loop)
        called = []
        agenda.after(0, called.append, "before")
        agenda.rest()
        agenda.after(0, called.append, "meanwhile")
        await asyncio.sleep(0)
        assert (called, len(agenda)) == ([], 2)
        agenda.wake(loop)
        assert await after(agenda, (0.002, "afterwards")) == ["afterwards"]
        assert called == ["before", "meanwhile"]

    asyncio.run(main())
