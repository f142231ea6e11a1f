"""Who copied from whom in a story: a tree inferred from shared edits, versions, credits, times.

`values` are what goes in and comes out, `shared` counts edits between texts, `features` turns
them into numbers, `branching` finds the best tree, `infer` puts it together, `weights` are
learned. Near kin: tracing memes by their mutations (Leskovec, Backstrom, Kleinberg 2009), who
infected whom from times alone (NETINF: Gomez-Rodriguez, Leskovec, Krause 2010), and trees of
manuscripts whose originals are lost (Roos and Heikkila 2009).
"""

from __future__ import annotations

from watcher.core.lineage.infer import infer
from watcher.core.lineage.values import Edge, Evidence, Member, Version

__all__ = ["Edge", "Evidence", "Member", "Version", "infer"]
