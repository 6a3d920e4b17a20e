"""What a site says of itself, and what that makes of its site file. Pure functions; nothing is asked here.

pages -> head, sections, paging (page) and marks of walls (marks), what to try (candidates)
      -> Proposal -> the text of sites/NAME.toml (sitefile)
"""
