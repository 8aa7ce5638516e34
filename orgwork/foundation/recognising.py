"""This room is for reading text off pictures: by the system's Tesseract, where it is installed.

Orgwork brings no recogniser of its own. Where the program or the data of a language are missing, whoever asks
is told so with what to install; nothing else stops working.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from functools import lru_cache

from PIL import Image

#: Languages of the house and what Tesseract calls them.
LANGUAGES = {"vi": "vie", "en": "eng", "de": "deu", "ru": "rus"}
#: Seconds for one page; what takes longer is no page of text.
PATIENCE = 120
#: What is installed where: the names of Debian's and Ubuntu's packages.
PACKAGES = "tesseract-ocr tesseract-ocr-{language}"


class Unrecognised(Exception):
    """The program could not read the picture: it failed, or took too long."""


def program() -> str | None:
    """Where Tesseract stands, if it does; ``ORGWORK_TESSERACT`` names another place, or (empty) none."""
    named = os.environ.get("ORGWORK_TESSERACT")
    return shutil.which("tesseract" if named is None else named or "/nowhere/tesseract")


def languages() -> frozenset[str]:
    """The languages of the house that can be recognised here."""
    found = program()
    return _languages(found) if found else frozenset()


@lru_cache(maxsize=4)
def _languages(found: str) -> frozenset[str]:
    done = subprocess.run(  # noqa: S603
        [found, "--list-langs"], capture_output=True, text=True, timeout=20, check=False
    )
    known = set(done.stdout.split())
    return frozenset(code for code, name in LANGUAGES.items() if name in known)


def package(language: str) -> str:
    """What to install so that the language can be recognised."""
    return PACKAGES.format(language=LANGUAGES.get(language, "vie"))


def recognise(picture: Image.Image, language: str) -> str:
    """The text on the picture, line by line. Raises Unrecognised."""
    found = program()
    if found is None:
        raise Unrecognised("no program")
    # Numbers and names of papers are Latin in every language of the house.
    names = LANGUAGES[language] + ("+eng" if language == "ru" and "en" in languages() else "")
    with tempfile.TemporaryDirectory(prefix="orgwork-page-") as room:
        path = f"{room}/page.png"
        picture.save(path, compress_level=1, dpi=(300, 300))
        command = [found, path, "stdout", "-l", names, "--psm", "3"]
        environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
        try:
            done = subprocess.run(  # noqa: S603
                command, capture_output=True, timeout=PATIENCE, check=False, env=environment
            )
        except (subprocess.TimeoutExpired, OSError) as error:
            raise Unrecognised(type(error).__name__) from error
    if done.returncode:
        raise Unrecognised(str(done.returncode))
    return done.stdout.decode("utf-8", errors="replace").replace("\f", "").replace("\x00", "").strip()
