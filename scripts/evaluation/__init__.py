"""The parts of scripts/evaluate: measures, corpus, competitors, intervals and the report page."""
