"""A programme's items planned otherwise while they are played."""

from typing import NamedTuple

import msgspec

from mtsession.sound.slot import Slot


class Revision(NamedTuple):
    """What is played from here.

    Attributes
    ----------
    slots : list of Slot
        What sounds, then what is to come.
    changed : int or None
        The first place that is heard otherwise; None where nothing is.
    """

    slots: list[Slot]
    changed: int | None


def revise(slots: list[Slot], plan: list[Slot], place: int) -> Revision:
    """Let what sounds follow its new plan, and put what is to come in the place of what was.

    The new plan may know nothing of an item that came late and moved all after it: what is to
    come keeps its distance from the last item of the plan that sounds. All that sound bend at
    one place, so that two which cross stay on one beat.

    Parameters
    ----------
    slots : list of Slot
        What sounds and what was to come.
    plan : list of Slot
        As asked for, none of it open; nothing that has ended.
    place : int
        The place now.
    """
    begun = {slot.item.item: slot for slot in slots if slot.begun}
    waiting = [slot for slot in slots if not slot.begun]
    sounding = [(begun[slot.item.item], slot) for slot in plan if slot.item.item in begun]
    ahead = [slot for slot in plan if slot.item.item not in begun]
    moved = _moved(sounding, waiting, ahead)
    if begun and ahead:
        moved = max(moved, place - ahead[0].first)
    for slot in ahead:
        slot.start += moved

    changes = [_difference(waiting, ahead)]
    bend = max((slot.free_from for slot, _ in sounding), default=place)
    changes += [slot.replan(planned, place=place, bend=bend) for slot, planned in sounding]

    numbered = {slot.item.item: slot for slot in waiting}
    for slot in ahead:
        before = numbered.pop(slot.item.item, None)
        if before is not None:
            slot.adopt(before)
    for slot in numbered.values():
        slot.close()
    known = [change for change in changes if change is not None]
    return Revision([*begun.values(), *ahead], min(known, default=None))


def _moved(sounding: list[tuple[Slot, Slot]], waiting: list[Slot], ahead: list[Slot]) -> int:
    """Give how much later all lies than the plan has it."""
    if sounding:
        slot, planned = sounding[-1]
        return slot.start - planned.start
    if waiting and ahead and waiting[0].item == ahead[0].item:
        return waiting[0].start - ahead[0].start
    return 0


def _difference(before: list[Slot], after: list[Slot]) -> int | None:
    """Give the first place at which what is to come is something else."""
    for number in range(max(len(before), len(after))):
        pair = [slots[number] for slots in (before, after) if number < len(slots)]
        if len(pair) < 2 or not _same(*pair):
            return min(slot.first for slot in pair)
    return None


def _same(one: Slot, other: Slot) -> bool:
    """Tell whether two items are heard alike, and at one place."""
    moved = msgspec.structs.replace(one.item, start_us=other.item.start_us)
    return (
        moved == other.item
        and one.start == other.start
        and one.rates.parting(other.rates, 0.0) is None
    )
