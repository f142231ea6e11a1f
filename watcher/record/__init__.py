"""Drafts into the archive: identified, fingerprinted, matched, settled into stories, alerted."""
