"""`msp-rules test` runs examples and features; `msp-rules init` makes an overlay to start from."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import click

from msp_rules.authoring.lint import run_layered_examples
from msp_rules.authoring.starter import starter_files
from msp_rules.cli.conventions import FINDINGS, INCOMPLETE
from msp_rules.cli.options import day_of, need_rule, overlay_option, today_in_england
from msp_rules.engine.matchers.choice import MATCHERS
from msp_rules.errors import MspRulesError
from msp_rules.rules import load_layers, load_ruleset, shipped_ruleset
from msp_rules.rules.language.rule import Ruleset
from msp_rules.rules.layers.finding import stack


@click.command()
@click.argument("folder", metavar="NAME", type=click.Path(path_type=Path))
@click.option("--today", help="The day that its dates are counted from (default: today).")
def init(folder: Path, today: str | None) -> None:
    """Make a small overlay over msp-core in a new folder NAME, ready to be changed.

    It holds one changed number, one rule with examples, one waiver and one feature, all invented.
    """
    if folder.exists():
        raise MspRulesError(f"{folder} already exists; name a new folder")
    day = day_of(today, "--today") or today_in_england()
    files = starter_files(folder.name, load_ruleset(shipped_ruleset("msp-core")), day)
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
        click.echo(f"written: {folder / path}")
    click.echo(f"next: msp-rules check {folder}, msp-rules test {folder}")


@click.command()
@click.argument("name", default="msp-core")
@overlay_option
@click.option("--rule", help="Run only the examples of this rule, and no features.")
@click.option("--matcher", type=click.Choice(MATCHERS), default="auto", show_default=True)
@click.option("--steps", is_flag=True, help="Print the sentences that features can use.")
@click.pass_context
def test(
    context: click.Context,
    name: str,
    overlays: tuple[Path, ...],
    rule: str | None,
    matcher: str,
    *,
    steps: bool,
) -> None:
    """Run the examples of a ruleset or overlay, and the .feature files beside its rules.

    NAME is a shipped ruleset, a folder, or an overlay, which is applied to the ruleset that it
    extends.
    """
    if steps:
        _print_steps()
        return
    folder, layers = stack(name, overlays)
    ruleset = load_layers(folder, layers).ruleset  # names the mistakes of all layers at once
    if rule is not None:
        need_rule(ruleset, rule)
    every = run_layered_examples(folder, layers, matcher=matcher)
    results = [result for result in every if rule in (None, result.owner)]
    failed = [result for result in results if not result.has_passed]
    for result in failed:
        click.echo(f"{result.where}: {result.owner}, {result.name}: {result.got}")
    click.echo(_summary("example", len(results), len(failed)))
    code = FINDINGS if failed else 0
    if rule is None:
        code = _run_features(folder, layers, ruleset, matcher) or code
    context.exit(code)


def _run_features(folder: Path, overlays: tuple[Path, ...], top: Ruleset, matcher: str) -> int:
    """Runs the features of every layer by the rules up to that layer; gives the exit code."""
    # Sentences take a tenth of a second to read, which a ruleset without features need not spend.
    from msp_rules.gherkin.runner import FeaturesNotRun, ScenarioResult, run_features
    from msp_rules.gherkin.story import RulesOfStory  # noqa: PLC0415 - see above

    def every() -> Iterator[ScenarioResult]:
        for height, home in enumerate((folder, *overlays)):
            if home.is_dir():
                yield from run_features(home, partial(rules, height))

    def rules(height: int) -> RulesOfStory:
        is_top = height == len(overlays)
        ruleset = top if is_top else load_layers(folder, overlays[:height]).ruleset
        return RulesOfStory(ruleset, matcher=matcher)

    try:
        results = list(every())
    except FeaturesNotRun as error:
        click.echo(str(error), err=True)
        return INCOMPLETE
    failed = [result for result in results if not result.has_passed]
    for result in failed:
        for step in result.failed:
            click.echo(f'{step.where}: scenario "{result.name}": {step.message}')
    if results:
        click.echo(_summary("scenario", len(results), len(failed)))
    return FINDINGS if failed else 0


def _summary(kind: str, every: int, failed: int) -> str:
    passed = every - failed
    return f"{passed} {kind}{'' if passed == 1 else 's'} passed, {failed} failed"


def _print_steps() -> None:
    from msp_rules.gherkin.library import steps_in_words  # noqa: PLC0415 - as above

    for line in steps_in_words():
        click.echo(line)
