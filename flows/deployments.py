"""Every deployment: which flow runs when, with which parameters."""

from flows.backfill.flow import backfill
from flows.maintenance.flow import maintenance
from flows.quality.flow import quality
from flows.reconcile.flow import reconcile
from flows.registration import Deployment
from flows.repair.flow import repair
from flows.report.flow import report
from flows.rollup.flow import rollup
from flows.watch.flow import watch

DEPLOYMENTS = (
    Deployment(
        name="recent",
        flow=rollup,
        schedule="*/5 * * * *",
        description="Roll up the newest two days of every symbol.",
        parameters={"lookback_days": 1},
        tags=("gold",),
    ),
    Deployment(
        name="everything",
        flow=rollup,
        schedule="20 3 * * *",
        description="Check every day of the lake again, for what was repaired much later.",
        parameters={"lookback_days": None},
        tags=("gold",),
    ),
    Deployment(
        name="recent",
        flow=repair,
        schedule="*/10 * * * *",
        description="Fill the last day's gaps from the exchange, and correct what they touched.",
        parameters={"lookback_hours": 24},
        tags=("bronze", "silver"),
    ),
    Deployment(
        name="everything",
        flow=repair,
        schedule="25 2 * * 0",
        description="Search the whole lake for gaps, and retry those marked as unrepairable.",
        parameters={"lookback_hours": None, "look_again": True},
        tags=("bronze", "silver"),
    ),
    Deployment(
        name="span",
        flow=backfill,
        schedule="",
        description="Load a span of a symbol's trades that the connector did not see.",
        tags=("bronze", "silver", "gold"),
    ),
    Deployment(
        name="hourly",
        flow=quality,
        schedule="40 * * * *",
        description="Run the suite of every table over the day so far.",
        parameters={"days_ago": 0},
        tags=("ops",),
    ),
    Deployment(
        name="nightly",
        flow=quality,
        schedule="5 3 * * *",
        description="Run the suite of every table over the day before.",
        parameters={"days_ago": 1},
        tags=("ops",),
    ),
    Deployment(
        name="hourly",
        flow=reconcile,
        schedule="10 * * * *",
        description="Prove the last two hours: ids, windows, MongoDB and books.",
        parameters={"lookback_hours": 2},
        tags=("ops",),
    ),
    Deployment(
        name="nightly",
        flow=reconcile,
        schedule="50 3 * * *",
        description="Prove the day before: ids, windows, MongoDB and books.",
        parameters={"days_ago": 1},
        tags=("ops",),
    ),
    Deployment(
        name="hourly",
        flow=maintenance,
        schedule="35 * * * *",
        description="Compact, expire snapshots, and delete old windows from MongoDB.",
        parameters={"kinds": ["compact", "expire", "windows"]},
        tags=("lake",),
    ),
    Deployment(
        name="nightly",
        flow=maintenance,
        schedule="20 4 * * *",
        description="The hourly run, plus orphan files and a review of dead letters.",
        tags=("lake",),
    ),
    Deployment(
        name="daily",
        flow=report,
        schedule="10 5 * * *",
        description="Write a page for each symbol of the day before, with plots and numbers.",
        parameters={"days_ago": 1},
        tags=("reports",),
    ),
    Deployment(
        name="always",
        flow=watch,
        schedule="1-59/3 * * * *",
        description="Check for silence: connectors, markets, symbols, runs.",
        tags=("ops",),
        queue="watch",
    ),
)
"""Every deployment; `python -m flows` registers them with Prefect."""
