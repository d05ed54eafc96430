"""Every lint, asked once: what rules say first, then what the files hold, then what is counted over the contacts."""

from __future__ import annotations

from collections.abc import Mapping

from segtool.config.problems import Problems
from segtool.config.settings import Config
from segtool.lint import constant, filters, history, missing, never, numbers, opens, references, sameness, stale
from segtool.lint.counts import Counts
from segtool.lint.near import Near
from segtool.lint.rules import rules_of
from segtool.lists.membership import Making
from segtool.logic.clock import Clock
from segtool.plan.plan import Plan
from segtool.sources.overrides import Override
from segtool.sources.tables import Table


def review(
    config: Config,
    tables: Mapping[str, Table],
    overrides: Mapping[str, Override],
    filled: Mapping[str, str],
    clock: Clock,
    problems: Problems,
) -> None:
    """Collects every warning about a configuration that is resolved against the columns of `tables`.

    `filled` holds the definition by which every list of the last run was made, a static one when it was filled.
    """
    stale.report(config, filled, problems)
    opens.report(config, problems)
    sameness.report(config, problems)
    references.report(config, problems)
    filters.report(config, tables, problems)
    explained = (
        numbers.report(config, tables, problems)
        | never.report(config, tables, problems)
        | history.report(config, tables, clock, problems)
    )
    rules = rules_of(config)
    plan = Plan(config, tables, clock)
    Making(overrides).set_rules(plan)
    counts = Counts(plan)
    constant.ask(rules, counts)
    doubts = missing.ask(rules, counts)
    counts.collect()
    constant.report(rules, counts, explained, Near(config, tables), problems)
    missing.report(doubts, counts, problems)
