"""This room is for changes of territories: read from a table, enacted together, looked up in both directions.

The front of four rooms: area_tables.py reads, area_reform.py works out what a table means for the areas that
stand, area_enacting.py writes it, area_lineage.py follows areas through the days.
"""

from .area_enacting import (
    enact_area_changes,
    follow_services,
    match_area_changes,
    services_left,
    undecided_places,
)
from .area_lineage import Pair, area_lineage, lineage_pairs
from .area_tables import COLUMNS, AreaChange, Fault, Listed, final_list, provinces_2025, read_area_changes

__all__ = [
    "COLUMNS", "AreaChange", "Fault", "Listed", "Pair", "area_lineage", "enact_area_changes", "final_list",
    "follow_services", "lineage_pairs", "match_area_changes", "provinces_2025", "read_area_changes",
    "services_left", "undecided_places",
]  # fmt: skip
