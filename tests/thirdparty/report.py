"""The table, the counts and the causes, as text and as JSON."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

from .cases import CASES
from .compare import FAILED, REFUSED, RIGHT, WRONG, Verdict, judge
from .records import read

MISSING = {"status": "crashed"}


def verdicts(folder: Path) -> list[Verdict]:
    """The judged rows of a run, in the order of the case files; rows that were left out are not in it."""
    exact, compiled, library = (read(folder / f"{name}.jsonl") for name in ("exact", "compiled", "library"))
    return [
        judge(case, exact.get(case.key, MISSING), compiled[case.key], library[case.key])
        for case in CASES
        if case.key in library and case.key in compiled
    ]


def cause_of(message: str) -> str:
    """The kind of a failure: its message, or a refusal's reason, without what differs by function."""
    reason = re.search(r"why: +(.*?)(?: +instead:|$)", " ".join(message.split()))
    text = reason.group(1) if reason else " ".join(message.split())
    text = re.sub(r"relative error \S+,.*", "wrong derivative", text)
    return re.sub(r"`[^`]*`|'[^']*'|\"[^\"]*\"|0x[0-9a-f]+|\b\d+\b|/\S+", "…", text)[:200]


def table(rows: list[Verdict]) -> str:
    """One line per function."""
    width = max(len(v.case.key) for v in rows)
    lines = [f"{'function [differentiated arguments]':{width}}  result   error    reference    compiled in"]
    for v in rows:
        outcome = f"{v.outcome}*" if v.outcome != RIGHT and v.case.known else v.outcome
        lines.append(f"{v.case.key:{width}}  {outcome:8} {v.error:<8.1e} {v.reference:12} {v.seconds:6.2f} s")
    lines.append("* not right for a stated reason, see below")
    return "\n".join(lines)


def causes(rows: list[Verdict]) -> str:
    """What is not right, grouped by cause, the most frequent first."""
    groups: dict[str, list[Verdict]] = defaultdict(list)
    for v in rows:
        if v.outcome != RIGHT:
            groups[v.case.known or cause_of(v.cause)].append(v)
    lines = []
    for cause, members in sorted(groups.items(), key=lambda item: -len(item[1])):
        lines.append(f"{len(members)} x {cause}")
        for v in members:
            lines.append(f"      {v.outcome:8} {v.case.key}: {' '.join(v.cause.split())[:300]}")
    return "\n".join(lines)


def counts(rows: list[Verdict]) -> dict[str, float]:
    found = Counter(v.outcome for v in rows)
    return {
        "functions": len(rows),
        "packages": len({v.case.package for v in rows}),
        **{outcome: found[outcome] for outcome in (RIGHT, REFUSED, FAILED, WRONG)},
        "right_percent": round(100 * found[RIGHT] / max(len(rows), 1), 1),
        "wrong_without_reason": sum(v.outcome == WRONG and not v.case.known for v in rows),
        "values_bit_identical": sum(v.same_value for v in rows),
        "references_by_differences": sum(v.reference == "differences" for v in rows),
        "references_in_doubt": sum(v.second_opinion > 1 and not v.case.known for v in rows),
    }


def write(folder: Path) -> dict[str, float]:
    """Print the report of the records in `folder`, and save it there as `report.json`."""
    rows = verdicts(folder)
    summary = counts(rows)
    print(table(rows), causes(rows), sep="\n\n")
    print("\n" + "   ".join(f"{name} {value}" for name, value in summary.items()))
    listed = [
        {
            "function": v.case.path,
            "arguments": v.case.wrt,
            "note": v.case.note,
            "outcome": v.outcome,
            "error": v.error,
            "accepted": v.case.rtol,
            "reference": v.reference,
            "second_opinion": v.second_opinion,
            "value_bit_identical": v.same_value,
            "seconds": v.seconds,
            "cause": v.cause,
            "stated_reason": v.case.known,
        }
        for v in rows
    ]
    (folder / "report.json").write_text(json.dumps({"summary": summary, "functions": listed}, indent=1))
    return summary


if __name__ == "__main__":
    write(Path(sys.argv[1]))
