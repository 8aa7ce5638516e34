"""This room is for writing docs/figures.md anew from the catalogue of figures; a test says when it is due."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from orgwork.insight.catalogue import page

    (ROOT / "docs" / "figures.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
