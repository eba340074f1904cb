"""Letting the app run until something holds."""


async def until(pilot, done, tries: int = 400) -> None:
    """Turn the app until something holds; each round waits for the app, not for time."""
    for _ in range(tries):
        if done():
            return
        pilot.app._turn()
        await pilot.pause()
    raise AssertionError("it never came")
