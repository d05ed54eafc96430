"""The made-up shop: what its people are, do and buy."""

from __future__ import annotations

from datetime import UTC, datetime

AS_OF = datetime(2026, 7, 1, tzinfo=UTC)
DAYS = 365
STATES = ("NJ", "NY", "CA", "TX", "WA", "FL", "IL", "MA", "CO", "GA", "OH", "PA")
TITLES = (
    "VP Marketing",
    "VP Sales",
    "Sales Director",
    "Engineer",
    "Product Manager",
    "Founder",
    "Analyst",
    "Head of Growth",
    "Support Agent",
    "Student",
)
STAGES = ("New", "Qualified", "Opportunity", "Customer", "Lost")
ACTIONS = ("sent",) * 10 + ("open",) * 6 + ("click",) * 3 + ("bounce",)
CAMPAIGNS = tuple(f"campaign-{number:02d}" for number in range(24))
PAGES = ("/pricing", "/features", "/blog/launch", "/docs/start", "/careers", "/pricing/teams", "/demo", "/")
CATEGORIES = ("shoes", "hats", "bags", "coats", "socks", "belts")
