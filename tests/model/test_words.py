import pytest

from app.model.words import counted, either, joined


@pytest.mark.parametrize(
    ("items", "said"),
    [([], ""), (["A"], "A"), (["A", "B"], "A and B"), (["A", "B", "C"], "A, B and C"), (range(1, 3), "1 and 2")],
)
def test_a_list_reads_as_a_person_would_say_it(items: list[object], said: str) -> None:
    assert joined(items) == said


@pytest.mark.parametrize(
    ("number", "what", "said"),
    [(0, "flow", "0 flows"), (1, "flow", "1 flow"), (2, "flow", "2 flows"), (2, "address", "2 addresses")],
)
def test_a_noun_agrees_with_its_number(number: int, what: str, said: str) -> None:
    assert counted(number, what) == said


def test_a_verb_agrees_with_its_number() -> None:
    assert [either(number, "is", "are") for number in (0, 1, 2)] == ["are", "is", "are"]
