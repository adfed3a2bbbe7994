"""The outcome of a bench, for people and for programs."""

from typing import Any

from workflows.bench.measuring import Measure, Outcome

HEAD = f"{'':<16}{'requests/s':>11}{'p50 ms':>9}{'p99 ms':>9}{'CPU ms':>9}{'MB':>7}{'ratio':>8}"


def as_text(outcome: Outcome) -> str:
    """Return a table, a line for each load, and the check of the store."""
    lines = [HEAD, _line("first of each", outcome.first)]
    for number, one in enumerate(outcome.rounds, start=1):
        lines.append(_line(f"round {number}: hook", one.hook) + f"{one.ratio:>8.3f}")
        lines.append(_line("         bare", one.bare))
    lines += ["", f"ratio (median)  {outcome.ratio:.3f}", _kept(outcome)]
    return "\n".join(lines)


def as_json(outcome: Outcome) -> dict[str, Any]:
    """Return the same as one object."""
    return {
        "database": outcome.database,
        "python": outcome.python,
        "seconds": outcome.plan.seconds,
        "connections": outcome.plan.connections,
        "workflows": outcome.plan.workflows,
        "first_of_each": _figures(outcome.first),
        "rounds": [
            {
                "hook": _figures(one.hook),
                "bare": _figures(one.bare),
                "ratio": round(one.ratio, 4),
            }
            for one in outcome.rounds
        ],
        "ratio": round(outcome.ratio, 4),
        "messages": outcome.messages,
        "accepted": outcome.accepted,
        "unanswered": outcome.unanswered,
        "ok": outcome.is_complete,
    }


def _line(name: str, measure: Measure) -> str:
    load = measure.load
    return (
        f"{name:<16}{load.per_second:>11,.0f}{load.p50_ms:>9.1f}{load.p99_ms:>9.1f}"
        f"{_number(measure.cpu_ms, 2):>9}{_number(measure.memory_mb, 0):>7}"
    )


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _kept(outcome: Outcome) -> str:
    statuses: dict[int, int] = {}
    for load in [outcome.first.load, *(one.hook.load for one in outcome.rounds)]:
        for status, count in load.statuses.items():
            statuses[status] = statuses.get(status, 0) + count
    answers = ", ".join(f"{count} × {status}" for status, count in sorted(statuses.items()))
    verdict = "as many messages as 2xx" if outcome.is_complete else "NOT THE SAME"
    return (
        f"answers         {answers} (unanswered: {outcome.unanswered})\n"
        f"messages        {outcome.messages} for {outcome.accepted} × 2xx: {verdict}"
    )


def _figures(measure: Measure) -> dict[str, Any]:
    load = measure.load
    return {
        "requests_per_second": round(load.per_second, 1),
        "p50_ms": load.p50_ms,
        "p99_ms": load.p99_ms,
        "max_ms": load.max_ms,
        "cpu_ms_per_request": measure.cpu_ms and round(measure.cpu_ms, 4),
        "memory_mb": measure.memory_mb and round(measure.memory_mb, 1),
        "statuses": {str(status): count for status, count in sorted(load.statuses.items())},
        "sent": load.sent,
        "broken": load.broken,
    }
