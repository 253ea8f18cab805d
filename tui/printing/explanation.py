"""Print an explanation of a prediction, or the predictions of pinned texts."""

import msgspec

from core.protocol import Explanation
from core.runs import probes, tried_texts
from core.runs.directory import RunDirectory
from core.runs.history import read_history
from core.text import format
from core.text.plain import plain
from tui.printing.console import cells, line, print_table, show_json, table_of
from tui.wording.explanation import SIGNS_EXPLAINED, heading, pieces, signed
from tui.wording.prediction import not_read

_MOST_WORDS = 12
_SHOWN_TEXT = 60


def show_explanation(text: str, found: Explanation, *, as_json: bool) -> None:
    """Print the text with the contributions marked, then the words with the largest contributions."""
    if as_json:
        return show_json(
            {
                "text": text,
                **msgspec.structs.asdict(found),
                "words": [
                    {"word": text[word.start : word.end], **msgspec.structs.asdict(word)}
                    for word in found.words
                ],
            }
        )
    line("› " + "".join(piece.text for piece in pieces(text, found)))
    line(SIGNS_EXPLAINED)
    line(heading(found))
    ranked = sorted(found.words, key=lambda word: -abs(word.contribution))
    for word in ranked[:_MOST_WORDS]:
        line(f"  {signed(word.contribution)}  {text[word.start : word.end]}")
    if len(ranked) > _MOST_WORDS:
        line(f"  and {format.more(len(ranked) - _MOST_WORDS, 'word')}")
    if found.truncated:
        line(not_read(found))
    line(
        f"absolute contributions sum to 1; approximation error {abs(found.error):.3f} · {found.seconds:.1f} s"
    )
    return None


def show_probes(run: RunDirectory, *, as_json: bool) -> None:
    """Print the pinned texts of a run with the first and the newest probability of their label."""
    history, trials = read_history(run), tried_texts.read(run.path)
    points = {text: probes.points_of(text, history, trials) for text in probes.read(run.path)}
    if as_json:
        return show_json(
            [
                {
                    "text": text,
                    "points": [
                        {
                            "step": point.step,
                            "probabilities": dict(zip(point.labels, point.probabilities, strict=True)),
                        }
                        for point in found
                    ],
                }
                for text, found in points.items()
            ]
        )
    if not points:
        return line(f"No text is pinned in {run.name}. Pin one: bertcls-tui probe {run.name} TEXT")
    table = table_of("text", "label", "now", "first", "checkpoints")
    for text, found in points.items():
        shown = plain(text)
        shown = shown if len(shown) <= _SHOWN_TEXT else shown[: _SHOWN_TEXT - 1] + "…"
        if not found:
            when = "none, the run has ended" if history.ended else "from the next one on"
            table.add_row(*cells(shown, "–", "–", "–", when))
            continue
        label, ends = found[-1].top, (found[-1], found[0])
        figures = [f"{point.probability(label) or 0.0:.3f} @{point.step}" for point in ends]
        table.add_row(*cells(shown, label, *figures, str(len(found))))
    print_table(table)
    return None
