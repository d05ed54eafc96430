"""Real data with figures that others published or that an independent tool computed."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import shared

import segtool

JOURNEY: dict[str, Any] = {
    "version": 1,
    "sources": {
        "demographics": {"files": "demographics.csv", "id": "household_id"},
        "campaigns": {"files": "campaigns.csv", "contact": "household_id", "event_name": "reached"},
        "redemptions": {
            "files": "coupon_redemptions.csv",
            "contact": "household_id",
            "time": "redemption_date",
            "event_name": "redeemed",
        },
        "transactions": {
            "files": "transactions_sample.csv",
            "contact": "household_id",
            "time": "transaction_timestamp",
            "event_name": "purchase",
        },
    },
    "segments": {
        "reached": {"where": {"did": "reached"}},
        "redeemed": {"where": {"did": "redeemed"}},
        "never_reached": {"where": {"did_not": "reached"}},
        "spent_100": {"where": {"did": "purchase", "sum": "sales_value", "at_least": 100}},
        "owners_of_45_to_54_who_redeemed": {
            "where": [
                {"field": "age", "is": "45-54"},
                {"field": "home_ownership", "is": "Homeowner"},
                {"did": "redeemed"},
            ]
        },
        "reached_not_redeemed": {"where": [{"in_segment": "reached"}, {"not_in_segment": "redeemed"}]},
        "everyone": {"where": "everyone"},
    },
}


def test_complete_journey() -> None:
    """Households of the Complete Journey: what campaigns reached, and what they bought."""
    config = segtool.load(JOURNEY, base=shared("data/complete_journey"))
    result = segtool.evaluate(config, as_of="2018-12-31T00:00Z")
    assert {name: len(ids) for name, ids in result.members.items()} == {
        "reached": 756,
        "redeemed": 295,
        "never_reached": 45,
        "spent_100": 529,
        "owners_of_45_to_54_who_redeemed": 86,
        "reached_not_redeemed": 756 - 295,
        "everyone": 801,
    }
    rows = {name: table.accounting for name, table in result.tables.items()}
    assert (rows["campaigns"].read, rows["redemptions"].read, rows["transactions"].read) == (6589, 2102, 75000)
    assert rows["campaigns"].kept == 6589


HILLSTROM: dict[str, Any] = {
    "version": 1,
    "sources": {
        "contacts": {"files": "contacts.csv", "id": "customer_id", "types": {"zip_code": "text"}},
        "mail": {"files": "email_activity.csv", "contact": "customer_id", "event": "segment"},
        "purchases": {"files": "purchases.csv", "contact": "customer_id", "event_name": "purchase"},
    },
    "segments": {
        "mailed": {"where": {"did": ["Mens E-Mail", "Womens E-Mail"]}},
        "visited": {"where": {"did": "mail.any", "where": {"field": "visit", "is": 1}}},
        "mailed_and_visited": {"where": [{"in_segment": "mailed"}, {"in_segment": "visited"}]},
        "mailed_not_visited": {"where": [{"in_segment": "mailed"}, {"not": {"in_segment": "visited"}}]},
        "dormant_big": {"where": [{"field": "recency", "at_least": 10}, {"field": "history", "at_least": 500}]},
        "womens_visited_not_bought": {
            "where": [{"did": "Womens E-Mail", "where": {"field": "visit", "is": 1}}, {"did_not": "purchase"}]
        },
        "spenders": {"where": {"did": "purchase", "sum": "spend", "above": 0}},
    },
}


def test_hillstrom() -> None:
    """The MineThatData e-mail challenge: undated events, and rows that are alike but not the same."""
    config = segtool.load(HILLSTROM, base=shared("data/hillstrom/split"))
    result = segtool.evaluate(config)
    assert {name: len(ids) for name, ids in result.members.items()} == {
        "mailed": 21_307 + 21_387,
        "visited": 9_394,
        "mailed_and_visited": 7_132,
        "mailed_not_visited": 35_562,
        "dormant_big": 645,
        "womens_visited_not_bought": 3_049,
        "spenders": 578,
    }


CDNOW: dict[str, Any] = {
    "version": 1,
    "sources": {
        "customers": {"files": "cdnow_master.csv", "id": "customer_id", "columns": {}, "types": {"date": "date"}},
        "purchases": {
            "files": "cdnow_master.csv",
            "contact": "customer_id",
            "time": "date",
            "event_name": "purchase",
            "types": {"dollar_value": "number"},
        },
    },
    "segments": {
        "one_row": {"where": {"did": "purchase", "exactly": 1}},
        "repeat": {"where": {"did": "purchase", "at_least": 2}},
        "one_day": {"where": {"did": "purchase", "distinct": "day", "exactly": 1}},
        "over_100": {"where": {"did": "purchase", "sum": "dollar_value", "above": 100}},
        "recent": {"where": {"did": "purchase", "since": "1998-04-01"}},
        "most": {"where": {"did": "purchase", "at_least": 217}},
    },
}


@pytest.mark.parametrize("as_of", ["1998-07-01T00:00Z", "2026-01-01T00:00Z"])
def test_cdnow(as_of: str) -> None:
    """Ids with leading zeros, dates without separators, and several purchases on one day."""
    config = segtool.load(CDNOW, base=shared("data/cdnow"))
    result = segtool.evaluate(config, as_of=as_of)
    assert {name: len(ids) for name, ids in result.members.items()} == {
        "one_row": 11_908,
        "repeat": 11_662,
        "one_day": 12_054,
        "over_100": 6_233,
        "recent": 3_317,
        "most": 1,
    }
    assert result.members["one_row"][0].startswith("000")
