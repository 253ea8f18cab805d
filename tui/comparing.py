"""A comparison of runs on standard output."""

from collections.abc import Sequence

from core.protocol import Comparison, PairTest, TestScores
from tui import format
from tui.printing import cells, line, print_table, shortened, show_json, table_of

_TEXTS = 5
_CLEAR = 0.05


def show_comparison(found: Comparison, *, as_json: bool) -> None:
    """A table of the runs, the differences between them, and texts that only one of them gets right."""
    if as_json:
        return show_json(found)
    line(f"test split {found.source}: {found.examples:,} texts, {len(found.labels)} labels; 95 % intervals")
    _show_scores([(each.name, each.scores) for each in found.contestants])
    if found.seen:
        line(f"{found.seen:,} of the test texts occur in the training split as well; without them:")
        _show_scores([(each.name, each.unseen) for each in found.contestants])
    _show_costs(found)
    _show_differences(found)
    _show_texts(found)
    return None


def _show_scores(found: Sequence[tuple[str, TestScores | None]]) -> None:
    """Accuracy and macro F1 of each name; None where there are no texts to score."""
    table = table_of("model", "accuracy", "macro F1")
    for name, scores in found:
        if scores is not None:
            accuracy = _with_interval(scores.accuracy, scores.accuracy_low, scores.accuracy_high)
            macro_f1 = _with_interval(scores.macro_f1, scores.macro_f1_low, scores.macro_f1_high)
            table.add_row(*cells(name, accuracy, macro_f1))
    print_table(table)


def _with_interval(score: float, low: float, high: float) -> str:
    return f"{format.score(score)} ({low:.3f} to {high:.3f})"


def _show_costs(found: Comparison) -> None:
    """Time and size."""
    table = table_of("model", "best step", "trained in", "docs/s", "predicts docs/s", "parameters", "size")
    for each in found.contestants:
        speeds = (format.rate(each.training_speed), format.rate(each.prediction_speed))
        sizes = (format.count(each.parameters), format.size(each.bytes))
        table.add_row(
            *cells(each.name, f"{each.step:,}", format.duration(each.training_seconds), *speeds, *sizes)
        )
    print_table(table)


def _show_differences(found: Comparison) -> None:
    """On how many texts only one of two is right, and whether that may be chance."""
    table = table_of("one", "other", "only one is right", "only other", "McNemar", "")
    for pair in found.pairs:
        counts = (f"{pair.only_first:,}", f"{pair.only_second:,}")
        p_value = "p < 0.001" if pair.p_value < 0.001 else f"p = {pair.p_value:.3f}"
        table.add_row(*cells(pair.first, pair.second, *counts, p_value, _verdict(pair)))
    print_table(table)


def _verdict(pair: PairTest) -> str:
    if pair.p_value >= _CLEAR:
        return "may be chance"
    better = pair.first if pair.only_first > pair.only_second else pair.second
    return f"{better} is better"


def _show_texts(found: Comparison) -> None:
    """Some texts of each run that no other gets right."""
    for each in found.contestants:
        texts = [text for text in found.told_apart if text.only == each.name][:_TEXTS]
        if texts:
            line("")
            line(f"only {each.name} is right:")
        for text in texts:
            line(shortened(f"  {text.label}: {' '.join(text.text.split())}"))
