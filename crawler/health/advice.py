"""What each cause means, and what a person does about it. The operation chapter says more."""

from __future__ import annotations

from crawler.health.nouns import Cause

ADVICE = {
    Cause.ROBOTS: "read its robots.txt; ask the outlet, or take the address out of the site file",
    Cause.DNS: "open the address in a browser: if it moved, put the new host into the site file; else wait",
    Cause.TLS: "open the address in a browser: tell the outlet, or wait until the certificate is renewed",
    Cause.CONNECTION: "open the address in a browser from another network: it may be down, or shut us out",
    Cause.TIMEOUT: "wait a day; if it lasts, ask for less: a greater delay in the site file",
    Cause.SERVER: "wait a day: its server is broken; if a browser gets pages, it may shut us out",
    Cause.BLOCKED: "write to the outlet with the contact of gazette.toml; a greater delay may help",
    Cause.CONSENT: "look for a feed or a section without the layer: gazette add URL; or ask the outlet",
    Cause.FEED_GONE: "look for its new address: gazette add URL; then put it into the site file",
    Cause.LAYOUT: "open the example in a browser, and try: gazette extract --url URL; it needs a developer",
    Cause.NOTHING_NEW: "open the front page: is there news that the archive has not? then: gazette add URL",
    Cause.NOT_RUN: "systemctl list-timers, or gazette schedule --preview 24h; then look into the log",
    Cause.SITE_FILE: "mend the file; check it with: gazette sites check",
    Cause.NETWORK: "look at this machine's network and resolver",
    Cause.RUN_FAILED: "look into the newest file in logs/, then: gazette runs; the next run goes on",
    Cause.DISK: "make room, or move the archive to a larger disk; nothing that was kept is lost",
}
"""One line a cause: what to do first."""
