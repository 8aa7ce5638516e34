"""This room is for who is knocking: its address, cut short before it is kept, and its device."""

from __future__ import annotations

import ipaddress

from django.conf import settings

BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("CocCoc", "Cốc Cốc"),
    ("coc_coc", "Cốc Cốc"),
    ("Firefox", "Firefox"),
    ("Chrom", "Chrome"),
    ("Safari", "Safari"),
    ("curl", "curl"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def address_of(request) -> str:
    """The last hop that is not our own proxy: what stands before it in the header anybody can write."""
    if settings.ORGWORK_BEHIND_PROXY and (told := request.META.get("HTTP_X_FORWARDED_FOR", "")):
        return told.rsplit(",", 1)[-1].strip()[:45]
    return request.META.get("REMOTE_ADDR", "")


def coarse(address: str) -> str:
    """Enough to tell the office from a café, too little to find anybody: /24, or /48 of IPv6."""
    try:
        found = ipaddress.ip_address(address.strip("[]"))
    except ValueError:
        return ""
    if found.version == 6 and found.ipv4_mapped:
        found = found.ipv4_mapped
    kept = ipaddress.ip_network((found, 24 if found.version == 4 else 48), strict=False)
    return str(kept)


def device_of(request) -> str:
    """Browser and system by their names, never the whole sentence a browser says about itself."""
    said = request.META.get("HTTP_USER_AGENT", "")
    names = (next((name for sign, name in table if sign in said), "") for table in (BROWSERS, SYSTEMS))
    return ", ".join(filter(None, names))
