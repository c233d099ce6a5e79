"""Measure how well Spanlight answers judged queries.

A set is a folder in BEIR layout (corpus.jsonl, queries.jsonl, qrels/) or in span layout (corpora/,
questions.jsonl). The set is indexed like any other folder, and every judged query is asked in every
mode. The answers are scored by nDCG@10 and recall@100 for documents, and by recall, precision and
IoU over characters for spans.
"""

import argparse
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from api.command.evaluation.options import FUSIONS, MODES, Options
from indexer.command.arguments import Parser, positive_number, run_command
from indexer.errors import SpanlightError

__all__ = ["PackageMissing", "main", "parser"]

EXAMPLES = """\
A setting is MODE[:FUSION[:WEIGHT]]: lexical, hybrid:rrf, hybrid:weighted:0.7.

  %(prog)s scifact cranfield
  %(prog)s scifact --modes hybrid --fusion weighted --semantic-weight 0.6
  %(prog)s scifact --compare hybrid:rrf hybrid:weighted:0.7
  %(prog)s scifact --unrelated cranfield
  %(prog)s scifact cranfield chunking_evaluation --tune --limit 200 --save .spanlight/index
  %(prog)s scifact cranfield --calibrate --unrelated scifact --unrelated cranfield
"""


class PackageMissing(SpanlightError):
    """A package that only this command needs is not installed."""

    code = "package_missing"


def main(arguments: Sequence[str] | None = None, *, program: str = "spanlight evaluate") -> int:
    """Return the exit code: 0, 1 if measuring failed, 2 if the options are wrong."""
    return run_command(program, lambda: _run(_options(parser(program).parse_args(arguments))))


def _run(options: Options) -> None:
    _require_package("ir_measures", "measures relevance")
    if options.report is not None:
        _require_package("leather", "draws the plots of a report")
    # These imports take longer than printing the help.
    from api.command.evaluation.command import run

    run(options)


def _require_package(module: str, purpose: str) -> None:
    """Raise PackageMissing now rather than after minutes of measuring."""
    if find_spec(module) is None:
        raise PackageMissing(
            f"the package {module.replace('_', '-')}, which {purpose}, is not installed; install "
            f"what evaluation needs with: {sys.executable} -m pip install ir-measures leather"
        )


def parser(program: str) -> Parser:
    parser = Parser(
        prog=program,
        description=__doc__,
        epilog=EXAMPLES,
    )
    add = parser.add_argument
    add("folders", metavar="SET", nargs="+", type=Path, help="folder of a judged set")
    add("--split", default="test", help="judgements to use: qrels/SPLIT.tsv (default: test)")
    add("--modes", help=f"some of {','.join(MODES)} (default: all that the index supports)")
    add("--fusion", choices=FUSIONS, help="fusion method of hybrid mode (default: the server's)")
    add("--semantic-weight", metavar="W", help="0 is lexical, 1 semantic (default: the fusion's)")
    add(
        "--model", help="embedding model of the index, or none (default: that of `spanlight index`)"
    )
    add(
        "--limit",
        type=positive_number,
        default=0,
        metavar="N",
        help="ask at most N queries of each set",
    )
    add("--index", type=Path, metavar="DIR", help="keep the indexes here and reuse them")
    add("--full", action="store_true", help="rebuild the kept indexes")
    add(
        "--unrelated",
        action="append",
        type=Path,
        default=[],
        metavar="SET",
        help="also ask queries of this set, which the other sets do not answer; repeatable",
    )
    add("--json", metavar="FILE", help="write the figures as JSON; - is standard output")
    add("--per-query", metavar="FILE", help="write a line of JSON for each query and setting")
    add("--report", type=Path, metavar="FILE.html", help="write a page with tables and plots")
    compare = parser.add_mutually_exclusive_group()
    compare.add_argument(
        "--compare", nargs=2, metavar="SETTING", help="test whether two settings really differ"
    )
    compare.add_argument(
        "--tune", action="store_true", help="try fusion methods and weights, and print the best"
    )
    compare.add_argument(
        "--calibrate",
        action="store_true",
        help="fit the coefficients of confidence to the judged hits",
    )
    add(
        "--save",
        type=Path,
        metavar="INDEX",
        help="with --tune: save the best method and weight for this index",
    )
    return parser


def _options(parsed: argparse.Namespace) -> Options:
    return Options(
        folders=tuple(parsed.folders),
        split=parsed.split,
        modes=tuple(filter(None, (parsed.modes or "").split(","))),
        fusion=parsed.fusion,
        semantic_weight=parsed.semantic_weight,
        model=parsed.model,
        limit=parsed.limit,
        index=parsed.index,
        full=parsed.full,
        json=parsed.json,
        per_query=parsed.per_query,
        report=parsed.report,
        unrelated=tuple(parsed.unrelated),
        compare=tuple(parsed.compare) if parsed.compare else None,
        tune=parsed.tune,
        save=parsed.save,
        calibrate=parsed.calibrate,
    )
