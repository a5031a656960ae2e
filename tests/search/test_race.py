"""A race drops what is significantly worse, keeps what is not, and pays for nothing twice."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from gpo.core.chat import Model
from gpo.core.errors import ModelUnavailable
from gpo.core.evaluation import Answer, Evaluation
from gpo.core.events import Evaluated, Event
from gpo.core.prompt import Prompt
from gpo.core.task import Example, Grade, Splits, Task, lift
from gpo.engine.evaluate import Evaluator
from gpo.engine.lab import LiveLab
from gpo.method.shots import Candidate
from gpo.search.race import Race, Racer, Rules, in_blocks, laps_of
from gpo.testing.scripted import ScriptedModel

ROWS = tuple(Example(str(number), f"row {number}", ("1",)) for number in range(12))
BLOCKS = in_blocks(ROWS, 4)


@dataclass
class Track:
    """A lab whose prompts say in their last word what they score on every row, "?" for a call that fails."""

    asked: Counter[str] = field(default_factory=Counter[str])
    events: list[Event] = field(default_factory=list[Event])

    def lab(self, seed: int = 0) -> LiveLab:
        async def answer(prompt: Prompt, example: Example, model: Model) -> str:
            self.asked[f"{prompt.text} {example.id}"] += 1
            said = prompt.text.split()[-1][int(example.id)]
            if said == "?":
                raise ModelUnavailable("away")
            return said

        task = Task("track", Splits((), ROWS, ()), lift(lambda reply, row: Grade(float(reply))), answer=answer)
        nobody = ScriptedModel([])
        return LiveLab(task, nobody, evaluator=Evaluator(task, nobody, 99), tell=self.events.append, seed=seed)

    def race(self, rules: Rules, longest: int = 10, seed: int = 0) -> Race:
        return Race(rules, BLOCKS, longest=longest, lab=self.lab(seed))


def _racers(*texts: str) -> tuple[Racer, ...]:
    return tuple(Racer(Candidate(Prompt.of(text))) for text in texts)


def _texts(racers: Sequence[Racer]) -> list[str]:
    return [racer.candidate.prompt.text for racer in racers]


GOOD, FAIR, POOR = "good 111111111110", "fair 101110111011", "poor 000000000001"
FREE = Rules(4, gamma=0.0)


async def test_what_is_significantly_worse_is_dropped_and_asked_no_more() -> None:
    track = Track()
    survivors, others = await track.race(FREE).run(_racers(POOR, GOOD, FAIR), keep=2)
    assert (_texts(survivors), _texts(others)) == ([GOOD, FAIR], [POOR])
    assert sum(track.asked[f"{POOR} {number}"] for number in range(12)) == 4


async def test_a_race_that_has_as_few_as_shall_stay_ends() -> None:
    track = Track()
    await track.race(FREE).run(_racers(POOR, GOOD, FAIR), keep=2)
    assert track.asked.total() == 3 * 4


async def test_what_is_not_significantly_worse_runs_all_blocks() -> None:
    track = Track()
    close = ["a 111011101110", "b 110111011101", "c 101110111011"]
    survivors, others = await track.race(FREE).run(_racers(*close), keep=2)
    assert (len(survivors), len(others)) == (2, 1)
    assert track.asked.total() == 3 * 12


async def test_equal_scores_drop_nobody() -> None:
    track = Track()
    same = [f"{name} 111111000000" for name in ("a", "b b", "c c c")]
    survivors, _ = await track.race(Rules(4, gamma=9.0)).run(_racers(*same), keep=1)
    assert track.asked.total() == 3 * 12
    assert _texts(survivors) == same[:1]


async def test_no_more_blocks_are_run_than_allowed() -> None:
    track = Track()
    rules = Rules(4, 2, gamma=0.0)
    await track.race(rules).run(_racers("a 111011101110", "b 110111011101", "c 101110111011"), keep=2)
    assert track.asked.total() == 3 * 8


async def test_one_block_is_run_even_where_all_shall_stay() -> None:
    track = Track()
    survivors, others = await track.race(FREE).run(_racers(POOR, GOOD), keep=5)
    assert (_texts(survivors), others) == ([GOOD, POOR], ())
    assert track.asked.total() == 2 * 4


async def test_a_score_is_asked_for_once() -> None:
    track = Track()
    race = track.race(FREE)
    close = _racers("a 111011101110", "b 110111011101", "c 101110111011")
    survivors, others = await race.run(close, keep=2)
    await race.run((*survivors, *others), keep=2)
    assert set(track.asked.values()) == {1}


@pytest.mark.parametrize("seed", range(5))
async def test_blocks_are_known_by_their_number_whatever_order_they_are_run_in(seed: int) -> None:
    track = Track()
    race = track.race(Rules(4, 2, gamma=0.0, shuffle=True), seed=seed)
    survivors, _ = await race.run(_racers("a 111011101110", "b 110111011101", "c 101110111011"), keep=2)
    for racer in survivors:
        truth = racer.candidate.prompt.text.split()[-1]
        for lap in racer.laps:
            assert "".join(f"{score:.0f}" for score in lap.scores if score is not None) == (
                "".join(truth[int(row.id)] for row in BLOCKS[lap.block])
            )
    assert len({racer.run for racer in survivors}) == 1


async def test_survivors_are_ranked_on_the_blocks_they_share() -> None:
    lucky, steady = "lucky 000011111111", "steady 111100000000"
    scores = tuple(Answer(row.id, "", 1.0 if int(row.id) >= 4 else 0.0) for row in ROWS)
    veteran = Racer(Candidate(Prompt.of(lucky)), laps_of(Evaluation(Prompt.of(lucky), scores), range(3), BLOCKS))
    survivors, _ = await Track().race(FREE).run((veteran, *_racers(steady)), keep=2)
    assert _texts(survivors) == [steady, lucky]


async def test_a_long_prompt_must_be_better_than_a_short_one_to_stay() -> None:
    short, long = "s 110111011101", f"{'so ' * 9}l 111011101110"
    _, others = await Track().race(Rules(4, gamma=0.0)).run(_racers(short, long), keep=1)
    assert _texts(others) == [long]
    track = Track()
    _, others = await track.race(Rules(4, gamma=0.9)).run(_racers(short, long), keep=1)
    assert _texts(others) == [long]
    assert track.asked.total() == 2 * 4


async def test_the_penalty_drops_but_does_not_rank() -> None:
    long, short = f"{'so ' * 9}l 111111111110", "s 111011101110"
    survivors, _ = await Track().race(Rules(4, gamma=0.05)).run(_racers(short, long), keep=2)
    assert _texts(survivors) == [long, short]


async def test_unanswered_rows_count_for_nobody() -> None:
    survivors, others = await Track().race(FREE).run(_racers("a 1?111111111?", "b 0?0000000000"), keep=1)
    assert (len(survivors), len(others)) == (1, 1)
    assert survivors[0].scored(survivors[0].run).score == 1.0


@pytest.mark.parametrize(
    ("other", "refused", "first"),
    [
        ("o 111000000000", "r ?11100000000", "r"),  # as many right answers, but one more of those that both gave
        ("o 110000000000", "r so 1?0000000000", "o"),  # of equals the shorter, whichever it is
        ("o so 110000000000", "r 1?0000000000", "r"),
    ],
)
async def test_survivors_are_ranked_by_the_rows_that_they_answered(other: str, refused: str, first: str) -> None:
    survivors, _ = await Track().race(FREE).run(_racers(other, refused), keep=2)
    assert _texts(survivors)[0].startswith(first)


async def test_a_racer_is_finished_on_the_blocks_that_it_has_not_run_and_told_as_a_whole() -> None:
    track = Track()
    race = track.race(FREE)
    (first,), _ = await race.run(_racers(FAIR), keep=1)
    finished = await race.finish(first)
    assert finished.on(range(3)) == tuple(float(digit) for digit in FAIR.split()[-1])
    assert set(track.asked.values()) == {1}
    (whole,) = race.whole((finished,), before=(first,))
    told = track.events[-1]
    assert isinstance(told, Evaluated)
    assert (told.score, told.n, told.unanswered) == (whole.score, 12, 0)
    assert race.whole((first,), before=()) == ()
    count = len(track.events)
    assert race.whole((finished,), before=(finished,)) == (whole,)
    assert len(track.events) == count


@pytest.mark.parametrize(("rows", "sizes"), [(12, [4, 4, 4]), (10, [5, 5]), (3, [3]), (13, [4, 4, 5]), (1, [1])])
def test_blocks_are_of_about_the_size_asked_for_and_hold_every_row_once(rows: int, sizes: list[int]) -> None:
    many = tuple(Example(str(number), "", ()) for number in range(rows))
    blocks = in_blocks(many, 4)
    assert sorted(len(block) for block in blocks) == sizes
    assert tuple(row for block in blocks for row in block) == many
