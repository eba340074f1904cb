"""The library behind the screen: one thread asks it, so that no disk ever holds up a key."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from textual.message import Message
from textual.message_pump import MessagePump

from mtsession.errors import MtSessionError

if TYPE_CHECKING:
    from mtsession.app.library import Library

T = TypeVar("T")


class Answered(Message):
    """The library answered, or refused; carried out where the question came from."""

    def __init__(self, deliver: Callable[[], None]) -> None:
        self.deliver = deliver
        super().__init__()


class LibraryStore:
    """Asks a library on a thread of its own, one question after another.

    Parameters
    ----------
    make : callable
        Opens the library; called on that thread, at the first question.
    """

    def __init__(self, make: "Callable[[], Library]") -> None:
        self.make = make
        self._library: Library | None = None
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="library")
        self._closed = False

    def ask(
        self,
        asker: MessagePump,
        work: "Callable[[Library], T]",
        then: Callable[[T], Any],
        failed: Callable[[str], Any],
    ) -> None:
        """Ask for something; the asker gets an `Answered` message that calls `then` or `failed`.

        Parameters
        ----------
        work : callable
            Runs on the library's thread.
        then : callable
            Takes what it gave, on the screen's thread.
        failed : callable
            Takes the sentence on why it could not be done.
        """
        if not self._closed:
            self._pool.submit(self._answer, asker, work, then, failed)

    def close(self, last: Callable[[], None]) -> None:
        """Do one thing more and close the library, once it has answered; nobody waits for it."""
        if not self._closed:
            self._closed = True
            self._pool.submit(self._close, last)
            self._pool.shutdown(wait=False)

    def _answer(
        self,
        asker: MessagePump,
        work: "Callable[[Library], T]",
        then: Callable[[T], Any],
        failed: Callable[[str], Any],
    ) -> None:
        try:
            if self._library is None:
                self._library = self.make()
            given = work(self._library)
        except MtSessionError as error:
            sentence = str(error)
            asker.post_message(Answered(lambda: failed(sentence)))
        except Exception as error:  # noqa: BLE001 - a thread's edge: raised again where it is seen
            asker.post_message(Answered(_raising(error)))
        else:
            asker.post_message(Answered(lambda: then(given)))

    def _close(self, last: Callable[[], None]) -> None:
        last()
        if self._library is not None:
            self._library.close()
            self._library = None


def _raising(error: Exception) -> Callable[[], None]:
    def deliver() -> None:
        raise error

    return deliver
