"""Whatever is rewritten here, the kernel is given what it was given before."""

from tests.plan.golden import FILE, given


def test_the_kernel_is_given_what_it_was_given_before() -> None:
    assert given().splitlines() == FILE.read_text().splitlines()
