from __future__ import annotations

import pytest
from orlop.cli.wording import duration_and_rate, exact_size, harmless, human_size, moment


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (None, "-"),
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (1024**2 - 1, "1.0 MiB"),
        (1536 * 1024**3, "1.5 TiB"),
        (5 * 1024**7, "5120.0 EiB"),
    ],
)
def test_sizes(size: int | None, words: str) -> None:
    assert human_size(size) == words


def test_sizes_to_the_byte() -> None:
    assert exact_size(None) == "unknown"
    assert exact_size(17) == "17 bytes"
    assert exact_size(1024) == "1.0 KiB (1024 bytes)"


def test_rates_and_moments() -> None:
    assert duration_and_rate(1024**2, 2.0) == "2.00 s, 512.0 KiB/s"
    assert duration_and_rate(10, 0.0) == "0.000 s"
    assert moment(None) == "-"


def test_text_is_made_harmless() -> None:
    assert harmless("a\nb") == "a b"
    assert harmless("\x1b]0;x\x07 \x9b31m \u202e \udcff é") == r"\x1b]0;x\x07 \x9b31m \u202e \udcff é"
