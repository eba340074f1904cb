"""What passes between two players, as rows; each stands beside what chance would give."""

from mtsession.activities.improvisation.metrics.pair import Pair
from mtsession.activities.improvisation.metrics.timing import FEWEST_CIRCULAR, Circular
from mtsession.activities.improvisation.metrics.together import FEWEST_MATCHED
from mtsession.activities.improvisation.metrics.value import TOO_FEW
from mtsession.activities.improvisation.rows import RowMaker
from mtsession.activities.improvisation.words import percent
from mtsession.protocol.metrics import MetricRow


def pair_rows(key: str, pair: Pair, first: str, second: str) -> list[MetricRow]:
    """Give the rows of two players.

    Parameters
    ----------
    key : str
        The beginning of their keys.
    first, second : str
        The players' names.
    """
    make = RowMaker(f"{first} and {second}", key)
    _together(make, pair, first, second)
    ways = ((first, second), (second, first))
    for index, (of, by) in enumerate(ways):
        _to_beat(make, index, pair.to_beat[index], of, by)
    _turns(make, pair)
    for index, (of, by) in enumerate(ways):
        _answers(make, index, pair, of, by)
    return make.rows


def _together(make: RowMaker, pair: Pair, first: str, second: str) -> None:
    apart, few = pair.asynchrony, FEWEST_MATCHED
    place = (
        ""
        if (apart.mean_ms.value or 0) == 0
        else ("behind" if (apart.mean_ms.value or 0) > 0 else "ahead of")
    )
    mean = f"{first} {abs(apart.mean_ms.value or 0):.0f} ms {place} {second}" if place else ""
    make.add("asynchrony.mean_ms", "asynchrony_ms", "strikes together: mean", apart.mean_ms,
             unit="ms", digits=0, text=mean, fewest=few)  # fmt: skip
    make.add("asynchrony.sd_ms", "asynchrony_sd_ms", "strikes together: spread (SD)",
             apart.sd_ms, unit="ms", digits=0, fewest=few)  # fmt: skip
    make.add("asynchrony.mean_absolute_ms", "asynchrony_absolute_ms", "strikes together: apart",
             apart.mean_absolute_ms, unit="ms", digits=0, fewest=few)  # fmt: skip
    share = apart.matched_share
    make.add("asynchrony.matched_share", "matched_share", "strikes that fall together", share,
             text=percent(share.value or 0), fewest=few)  # fmt: skip
    followed = pair.lead_follow
    make.add("lead_follow", "lag_0", "intervals alike at once (r)", followed.same, fewest=few)
    make.add("lead_follow", "lag_plus_1", f"{second} follows {first} (r)",
             followed.second_follows, fewest=few)  # fmt: skip
    make.add("lead_follow", "lag_minus_1", f"{first} follows {second} (r)",
             followed.first_follows, fewest=few)  # fmt: skip
    make.add("phase_correction", "phase_correction", "correction at the next strike",
             pair.phase_correction, fewest=few)  # fmt: skip
    make.add("shared_tempo", "shared_tempo", f"{first}'s tempo over {second}'s",
             pair.shared_tempo)  # fmt: skip


def _to_beat(make: RowMaker, index: int, found: Circular, of: str, by: str) -> None:
    label = f"{of} on {by}'s beat"
    known = found.n >= FEWEST_CIRCULAR
    for name, value, unit, digits, told in (
        ("r", found.strength, "", 2, "closeness (R)"),
        ("ms", found.direction_ms, "ms", 0, "place"),
        ("p", found.rayleigh_p, "", 3, "by chance (p)"),
    ):
        make.add("timing_to_beat", f"to_beat{index + 1}_{name}", f"{label}: {told}",
                 value if known else None, unit=unit, digits=digits, n=found.n,
                 reason=found.reason or TOO_FEW)  # fmt: skip


def _turns(make: RowMaker, pair: Pair) -> None:
    passed = pair.turns
    make.add("turn_taking.floor_transfer_ms", "floor_transfer_ms", "floor passes after",
             passed.transfer_ms, unit="ms", digits=0, reason="no switch")  # fmt: skip
    make.add("turn_taking.switches_per_min", "switches_per_min", "switches",
             passed.switches_per_min, unit="a minute", digits=1, n=passed.switches)  # fmt: skip
    share = passed.overlap_share
    make.add("turn_taking.switches_per_min", "overlap_share", "phrases at once", share,
             n=passed.switches, text="" if share is None else percent(share),
             reason="no phrase")  # fmt: skip


def _answers(make: RowMaker, index: int, pair: Pair, of: str, by: str) -> None:
    answer, echo, few = pair.response[index], pair.imitation[index], FEWEST_MATCHED
    within = answer.within_us // 1_000_000
    number = index + 1
    make.add("response.share", f"response{number}", f"{by} answers {of} within {within} s",
             answer.share, text=f"{answer.answered} of {answer.phrases}")  # fmt: skip
    make.add("response.share", f"response{number}_delay_ms", f"{by} answers {of}: after",
             answer.delay_ms, unit="ms", digits=0)  # fmt: skip
    make.add("imitation.match", f"imitation{number}", f"{of}'s figures come back from {by}",
             echo.match, fewest=few)  # fmt: skip
    make.add("imitation.excess", f"imitation{number}_excess",
             f"{of}'s figures come back from {by}: beyond chance", echo.excess,
             fewest=few)  # fmt: skip
    make.add("imitation.exact_share", f"imitation{number}_exact",
             f"{of}'s very intervals come back from {by}", echo.exact_share,
             text=percent(echo.exact_share.value or 0), fewest=few)  # fmt: skip
