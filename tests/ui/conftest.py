"""Lets the tests of screens be coroutines, each on a loop of its own."""

import asyncio
import inspect
import multiprocessing.resource_tracker

import pytest

# Textual captures standard error while an app runs; processes started then need this before.
multiprocessing.resource_tracker.ensure_running()


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a coroutine test to its end."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    wanted = pyfuncitem._fixtureinfo.argnames
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in wanted}))
    return True
